// Zips become the files in them. A zip can be small and hold more than any machine has, so what it says of itself is added
// up before anything is unpacked, and no file may turn out larger than it said.

import { unzipSync } from 'fflate'
import { ConversionError } from './errors.js'
import { MOST_FILES, MOST_UNPACKED_BYTES } from './limits.js'
import { firstBytes, startsEmptyZip, startsZip } from './magic.js'

/** Unpacked at once; then the browser may keep them elsewhere than in memory. */
const BATCH_BYTES = 128 * 1024 ** 2
/** Bit of a file's flags in a zip. */
const IS_LOCKED = 1

/**
 * Files `{ path, blob }`, zips among them unpacked. Zips within zips stay as they are. Throws `dicom.bomb`, `dicom.zip` and
 * `dicom.too_many`.
 */
export async function unpack(files, onProgress) {
  const found = []
  let unpacked_bytes = 0
  for (const [index, file] of files.entries()) {
    const start = await firstBytes(file.blob, 8)
    if (startsZip(start)) {
      const zip = await bytesOf(file)
      const entries = entriesOf(file, zip)
      unpacked_bytes += entries.reduce((sum, { size }) => sum + size, 0)
      refuseBomb(file, unpacked_bytes, found.length + entries.length)
      for (const entry of unpackAll(file, zip, entries)) found.push(entry)
    } else if (!startsEmptyZip(start)) found.push(file)
    if (found.length > MOST_FILES) throw new ConversionError('dicom.too_many', { files: found.length, limit: MOST_FILES })
    onProgress(index + 1, files.length)
  }
  return found
}

function refuseBomb({ path }, bytes, files) {
  if (bytes <= MOST_UNPACKED_BYTES && files <= MOST_FILES) return
  throw new ConversionError('dicom.bomb', {
    file: path,
    unpacked_megabytes: Math.ceil(bytes / 1024 ** 2),
    limit_megabytes: MOST_UNPACKED_BYTES / 1024 ** 2,
    files,
    limit_files: MOST_FILES
  })
}

/** What the zip says it holds, folders left out. */
function entriesOf(file, zip) {
  if (zip[6] & IS_LOCKED) throw new ConversionError('dicom.zip', { file: file.path, reason: 'locked' })
  const entries = []
  reading(file, zip, ({ name, originalSize }) => {
    if (isWanted(name)) entries.push({ name, size: originalSize })
    return false
  })
  return entries
}

function* unpackAll(file, zip, entries) {
  const left = entries.values()
  let batch_bytes = 0
  let batch = new Set()
  const empty = () => {
    const contents = reading(file, zip, ({ name }) => batch.has(name))
    batch = new Set()
    batch_bytes = 0
    return Object.entries(contents).map(([name, bytes]) => ({ path: `${file.path}/${name}`, blob: new Blob([bytes]) }))
  }
  for (const { name, size } of left) {
    if (batch.size > 0 && batch_bytes + size > BATCH_BYTES) yield* empty()
    batch.add(name)
    batch_bytes += size
  }
  if (batch.size > 0) yield* empty()
}

function reading(file, zip, filter) {
  try {
    return unzipSync(zip, { filter })
  } catch {
    throw new ConversionError('dicom.zip', { file: file.path, reason: 'damaged' })
  }
}

/** Browsers read no more than 2 GB at once. */
async function bytesOf({ path, blob }) {
  try {
    return new Uint8Array(await blob.arrayBuffer())
  } catch {
    throw new ConversionError('dicom.zip', { file: path, reason: 'too large' })
  }
}

/** Folders, and what macOS puts beside each file, hold no images. */
const isWanted = (name) => !name.endsWith('/') && !/(^|\/)__MACOSX\//.test(name)
