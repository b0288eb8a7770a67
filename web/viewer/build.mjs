// Bundles the viewer: dist/viewer.js, the only JavaScript of the page beside what wasm-bindgen writes; the shaders of the
// body, which it loads when they are wanted, into dist/viewer-body/; script and style of a saved result into dist/result.js and
// dist/result-style.css, which web/finish.mjs puts into its document; and the licences of what is in them into dist/viewer-licences.txt. Run by trunk before each build, and by `npm run build`.

import { build } from 'esbuild'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { LENT, trimNiivue, wholeNiivue } from './trim.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const niivue = join(here, 'node_modules/@niivue/niivue/src')
/** Beside the page, under this name; trunk copies the folder as it is. */
const BODY = 'viewer-body'
const COMMON = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning'
}

// Files of older builds would be copied along.
rmSync(join(here, 'dist', BODY), { recursive: true, force: true })
/** The converter of DICOM files, which is built before, by its name beside the page. */
const { converter } = JSON.parse(readFileSync(join(here, '../dicom/dist/dicom/entry.json'), 'utf8'))

const shaders = await build({
  ...COMMON,
  entryPoints: ['src/volume-shaders.js'],
  outdir: `dist/${BODY}`,
  // A browser must not take those of an older page from its cache.
  entryNames: 'shaders-[hash]',
  plugins: [wholeNiivue(niivue)]
})
const [output] = Object.keys(shaders.metafile.outputs)
const lent = await import(pathToFileURL(join(here, output)))
const missing = LENT.filter((name) => typeof lent[name] !== 'string')
if (missing.length > 0) throw new Error(`src/volume-shaders.js exports no ${missing}`)

const viewer = await build({
  ...COMMON,
  entryPoints: ['src/viewer.js'],
  outfile: 'dist/viewer.js',
  define: {
    VOLUME_SHADERS: JSON.stringify(`./${BODY}/${basename(output)}`),
    DICOM_CONVERTER: JSON.stringify(`./dicom/${converter}`)
  },
  external: [`./${BODY}/*`, './dicom/*'],
  plugins: [trimNiivue(niivue)]
})

// Classic, as the script of a file on a disk must be that browsers read without a server.
const result = await build({
  ...COMMON,
  entryPoints: { result: 'src/result.js', 'result-style': '../../static/styles/result.css' },
  outdir: 'dist',
  format: 'iife'
})

const inputs = [shaders, viewer, result].flatMap(({ metafile }) => Object.keys(metafile.inputs))
const packages = new Set(inputs.flatMap((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []))
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
