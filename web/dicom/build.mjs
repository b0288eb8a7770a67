// Bundles the converter of DICOM files into dist/dicom/: the module that the page loads when a visitor brings such files,
// its worker and dcm2niix, each with its content's hash in its name; entry.json names the module. The licences of what is in
// them go into dist/dicom-licences.txt. Run by `npm run build`.

import { build } from 'esbuild'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const folder = 'dist/dicom'
const COMMON = {
  absWorkingDir: here,
  outdir: folder,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  // A browser must not take a worker of an older page from its cache.
  entryNames: '[name]-[hash]',
  assetNames: 'dcm2niix-[hash]',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning'
}

rmSync(join(here, folder), { recursive: true, force: true })
const worker = await build({
  ...COMMON,
  entryPoints: ['src/worker.js'],
  loader: { '.wasm': 'file' },
  // dcm2niix's glue asks for it under Node alone, which this makes it believe not to be.
  external: ['module'],
  define: { process: 'undefined' }
})
const converter = await build({
  ...COMMON,
  entryPoints: ['src/converter.js'],
  define: { WORKER: JSON.stringify(`./${nameOf(worker, 'src/worker.js')}`) }
})
const entry = nameOf(converter, 'src/converter.js')
writeFileSync(join(here, folder, 'entry.json'), `${JSON.stringify({ converter: entry })}\n`)

const inputs = [worker, converter].flatMap(({ metafile }) => Object.keys(metafile.inputs))
const packages = new Set(inputs.flatMap((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []))
writeFileSync(join(here, 'dist/dicom-licences.txt'), [...packages].sort().map(licence).join('\n\n'))

function nameOf({ metafile }, entryPoint) {
  const [path] = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === entryPoint)
  return basename(path)
}

function licence(name) {
  const at = join(here, 'node_modules', name)
  const { version, license } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'))
  const found = readdirSync(at).find((file) => /^licen[cs]e/i.test(file))
  // dcm2niix's package comes without the texts.
  const path = found ? join(at, found) : name === '@niivue/dcm2niix' ? join(here, 'dcm2niix-licences.txt') : null
  if (!path) throw new Error(`node_modules/${name}: has no licence text (${license}). Put it beside build.mjs.`)
  return `${name} ${version}\n${'='.repeat(name.length + version.length + 1)}\n${readFileSync(path, 'utf8').trim()}\n`
}
