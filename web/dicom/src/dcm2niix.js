// Runs dcm2niix: a program of the command line, compiled to WebAssembly, with a file system in memory. Each run gets an
// instance of its own, as its memory never shrinks and a program that fails may leave it in any state.

import createModule from '../node_modules/@niivue/dcm2niix/dist/dcm2niix.jpeg.js'
import wasmName from '../node_modules/@niivue/dcm2niix/dist/dcm2niix.jpeg.wasm'
import { ConversionError } from './errors.js'

const INPUT = '/input'
const OUTPUT = '/output'
/** What the names of all output begin with; dcm2niix adds a letter, an echo, `_ph` for phase and so on. */
const OUTPUT_NAME = 'volume'
/** Sidecar, no compression, name. */
const OPTIONS = ['-b', 'y', '-z', 'n', '-f', OUTPUT_NAME]

let compiled = null

/** Compiles the program once. Throws `dicom.load`. */
export function load() {
  compiled ??= compile()
  return compiled
}

async function compile() {
  try {
    const response = await fetch(new URL(wasmName, import.meta.url))
    if (!response.ok) throw new Error(`${response.status}`)
    return await WebAssembly.compile(await response.arrayBuffer())
  } catch (error) {
    throw new ConversionError('dicom.load', { file: wasmName.replace('./', ''), reason: error.message })
  }
}

/**
 * Converts the files, which are Blobs. Resolves to dcm2niix's exit code and to volumes `{ suffix, bytes, sidecar }`; no
 * volume where it finds nothing that it can read.
 */
export async function run(blobs) {
  const compiledModule = await load()
  const program = await createModule({
    instantiateWasm: async (imports, receive) => receive(await WebAssembly.instantiate(compiledModule, imports)),
    // Its words are for a terminal, and hold the names of files.
    print: () => {},
    printErr: () => {}
  })
  const { FS } = program
  FS.mkdir(INPUT)
  FS.mkdir(OUTPUT)
  for (const [index, blob] of blobs.entries()) {
    const bytes = new Uint8Array(await blob.arrayBuffer())
    FS.createDataFile(INPUT, `${String(index).padStart(5, '0')}.dcm`, bytes, true, true, true)
  }
  const exitCode = program.callMain([...OPTIONS, '-o', OUTPUT, INPUT])
  const read = (name) => FS.readFile(`${OUTPUT}/${name}`)
  const names = FS.readdir(OUTPUT)
  const volumes = names.filter(isVolume).map((name) => {
    const stem = name.slice(0, -'.nii'.length)
    const sidecar = names.includes(`${stem}.json`) ? parseSidecar(read(`${stem}.json`)) : {}
    return { suffix: stem.slice(OUTPUT_NAME.length), bytes: read(name), sidecar }
  })
  return { exitCode, volumes }
}

/** Where distances vary, dcm2niix writes a second volume with made-up slices, named so. */
const isVolume = (name) => name.endsWith('.nii') && !/_Eq(_|\.)/.test(name)

/** dcm2niix copies texts as they are, so that Japanese ones can hold signs which JSON must not. */
function parseSidecar(bytes) {
  try {
    return JSON.parse(new TextDecoder().decode(bytes).replace(/[\u0000-\u001f]/g, ' '))
  } catch {
    return {}
  }
}
