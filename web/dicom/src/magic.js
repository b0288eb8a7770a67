// What a file is by its first bytes.

/** Bytes that tell whether a file is DICOM: a free preamble of 128, then the magic. */
const MAGIC_BYTES = 132

/**
 * Whether these are the first bytes of a DICOM file. Old files have neither preamble nor magic: they begin with an element
 * of group 0008, least significant byte first, which dcm2niix reads too.
 */
export function startsDicom(bytes) {
  if (bytes.length >= MAGIC_BYTES && isText(bytes, 128, 'DICM')) return true
  const [group, upperGroup, , upperElement] = bytes
  if (bytes.length < MAGIC_BYTES || group !== 8 || upperGroup !== 0 || upperElement !== 0) return false
  const isExplicit = isCapital(bytes[4]) && isCapital(bytes[5])
  const isShort = bytes[6] === 0 && bytes[7] === 0
  return isExplicit || isShort
}

/** Whether a file without preamble names the type of each value. */
export const isExplicit = (bytes) => isCapital(bytes[4]) && isCapital(bytes[5])

export const startsZip = (bytes) => isText(bytes, 0, 'PK\x03\x04')

/** An empty zip has only the record of its end. */
export const startsEmptyZip = (bytes) => isText(bytes, 0, 'PK\x05\x06')

/** The file that lists the others on a disc. It is DICOM, but holds no image. */
export const isDirectoryName = (path) => /(^|[\\/])dicomdir$/i.test(path)

export async function firstBytes(blob, count = MAGIC_BYTES) {
  return new Uint8Array(await blob.slice(0, count).arrayBuffer())
}

const isCapital = (byte) => byte >= 0x41 && byte <= 0x5a
const isText = (bytes, at, text) => [...text].every((sign, index) => bytes[at + index] === sign.charCodeAt(0))
