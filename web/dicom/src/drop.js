// Folders that are dropped on a page come as entries, not as files.

import { ConversionError } from './errors.js'
import { MOST_FILES } from './limits.js'

/**
 * The File objects of FileSystemEntry objects and of what is in them. The page must ask for the entries while it hears of
 * the drop (`item.webkitGetAsEntry()`); later there are none. Throws `dicom.too_many`.
 */
export async function filesOf(entries) {
  const found = []
  const queue = [...entries]
  // The queue grows by the contents of folders.
  for (const entry of queue) {
    if (entry.isDirectory) queue.push(...(await contents(entry)))
    else found.push(await new Promise((done, fail) => entry.file(done, fail)))
    if (queue.length > 2 * MOST_FILES || found.length > MOST_FILES) {
      throw new ConversionError('dicom.too_many', { files: queue.length, limit: MOST_FILES })
    }
  }
  return found
}

/** Browsers give the entries of a folder in parts, the last of them empty. */
async function contents(folder) {
  const reader = folder.createReader()
  const found = []
  for (;;) {
    const part = await new Promise((done, fail) => reader.readEntries(done, fail))
    if (part.length === 0) return found
    found.push(...part)
  }
}
