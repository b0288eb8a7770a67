// Files are known again by their bytes, so that what was made of them is not made again.

/**
 * @param {ArrayBuffer | null | undefined} known
 * @param {Uint8Array} file
 * @returns {ArrayBuffer} `known` where it holds the same, else a copy of the file
 */
export function sameFile(known, file) {
  const copy = file.slice().buffer
  if (known?.byteLength !== copy.byteLength) return copy
  const [old, now] = [known, copy].map((buffer) => new Uint32Array(buffer, 0, buffer.byteLength >> 2))
  const rest = (buffer) => new Uint8Array(buffer, buffer.byteLength & ~3)
  const isEqual = now.every((word, index) => word === old[index]) && rest(copy).every((byte, index) => byte === rest(known)[index])
  return isEqual ? known : copy
}
