// Bundles the viewer into dist/viewer.js, the only JavaScript of the page beside what wasm-bindgen writes, and the
// licences of what is in it into dist/viewer-licences.txt. Run by trunk before each build, and by `npm run build`.

import { build } from 'esbuild'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { trimNiivue } from './trim.mjs'

const here = dirname(fileURLToPath(import.meta.url))

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: ['src/viewer.js'],
  outfile: 'dist/viewer.js',
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  legalComments: 'none',
  metafile: true,
  plugins: [trimNiivue(join(here, 'node_modules/@niivue/niivue/src'))],
  logLevel: 'warning'
})

const packages = new Set(Object.keys(metafile.inputs).flatMap((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []))
writeFileSync(join(here, 'dist/viewer-licences.txt'), [...packages].sort().map(licence).join('\n\n'))

function licence(name) {
  const folder = join(here, 'node_modules', name)
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  // NiiVue's package comes without the text.
  const found = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file))
  const path = found ? join(folder, found) : name === '@niivue/niivue' ? join(here, 'niivue-licence.txt') : null
  const text = path ? readFileSync(path, 'utf8').trim() : `Licence: ${license}`
  return `${name} ${version}\n${'='.repeat(name.length + version.length + 1)}\n${text}\n`
}
