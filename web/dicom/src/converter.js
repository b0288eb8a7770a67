// Turns a visitor's DICOM files, or zips of them, into NIfTI volumes. The page calls this; the work is done in a worker, and
// nothing leaves the machine.

import { ConversionError } from './errors.js'
import { firstBytes, isDirectoryName, startsDicom, startsZip } from './magic.js'

/** Files that are looked at before it is said that none is DICOM. */
const MOST_LOOKED_AT = 24

export { filesOf } from './drop.js'
export { ConversionError }

/**
 * Whether there is a DICOM file among a few of the files, or a zip, which may hold any. Reads their first 132 bytes.
 * `files`: File objects.
 */
export async function looksLikeDicom(files) {
  const all = [...files].filter((file) => !isDirectoryName(file.name))
  const step = Math.max(1, all.length / MOST_LOOKED_AT)
  for (let at = 0; at < all.length; at += step) {
    // What cannot be read is not DICOM; the page says so in its own way.
    const bytes = await firstBytes(all[Math.floor(at)]).catch(() => new Uint8Array())
    if (startsDicom(bytes) || startsZip(bytes)) return true
  }
  return false
}

/**
 * Converts. `files`: File objects, from a chooser of files or of folders. `onProgress({ stage, done, total })` hears
 * `unpacking`, `reading` and `converting`. Resolves to `{ series, failed, left_out }`, see README.md. Rejects with a
 * ConversionError; an aborted `signal` ends the worker at once and rejects with `dicom.cancelled`.
 */
export function convert(files, { onProgress = () => {}, signal = undefined } = {}) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new ConversionError('dicom.cancelled'))
    // A worker made from a blob is held by the page's security policy on every host; one made from a file is not.
    const program = `import ${JSON.stringify(new URL(WORKER, import.meta.url).href)}`
    const address = URL.createObjectURL(new Blob([program], { type: 'text/javascript' }))
    const worker = new Worker(address, { type: 'module' })
    const end = (settle) => (value) => {
      worker.terminate()
      URL.revokeObjectURL(address)
      signal?.removeEventListener('abort', onAbort)
      settle(value)
    }
    const [done, fail] = [end(resolve), end(reject)]
    const onAbort = () => fail(new ConversionError('dicom.cancelled'))
    signal?.addEventListener('abort', onAbort)
    worker.onmessage = ({ data: { progress, result, error } }) => {
      if (progress) onProgress(progress)
      else if (error) fail(new ConversionError(error.code, error.values))
      else done(result)
    }
    // The script is not there, or the thread ran out of memory.
    worker.onerror = (event) => {
      event.preventDefault()
      fail(new ConversionError('dicom.load', { file: WORKER.replace('./', ''), reason: event.message ?? '' }))
    }
    // Safari takes the path from a file that goes to a worker.
    const given = [...files].map((file) => ({ path: file.webkitRelativePath || file.name, blob: file }))
    worker.postMessage({ files: given })
  })
}
