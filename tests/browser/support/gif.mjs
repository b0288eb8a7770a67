// What a GIF holds, read block by block.

import assert from 'node:assert/strict'

/** Size, whether it is looped, and the frames: delays in hundredths of a second, and sizes. Fails where it is not a whole GIF. */
export function readGif(bytes) {
  assert.equal(bytes.subarray(0, 6).toString('latin1'), 'GIF89a')
  const [width, height] = [bytes.readUInt16LE(6), bytes.readUInt16LE(8)]
  const tableBytes = (flags) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0)
  let at = 13 + tableBytes(bytes[10])
  /** Skips blocks of data up to the empty one; resolves to the first. */
  const skipBlocks = () => {
    const first = bytes.subarray(at + 1, at + 1 + bytes[at])
    while (bytes[at] > 0) at += bytes[at] + 1
    at += 1
    return first
  }
  const frames = []
  let [isLooped, delay] = [false, 0]
  while (bytes[at] !== 0x3b) {
    const kind = bytes[at]
    if (kind === 0x21) {
      const label = bytes[at + 1]
      at += 2
      const first = skipBlocks()
      if (label === 0xff) isLooped ||= first.toString('latin1') === 'NETSCAPE2.0'
      if (label === 0xf9) delay = first.readUInt16LE(1)
    } else {
      assert.equal(kind, 0x2c, `no block begins at ${at}`)
      frames.push({ delay, width: bytes.readUInt16LE(at + 5), height: bytes.readUInt16LE(at + 7) })
      at += 10 + tableBytes(bytes[at + 9]) + 1
      skipBlocks()
    }
    assert.ok(at < bytes.length, 'it ends too early')
  }
  assert.equal(at, bytes.length - 1, 'something follows its end')
  return { width, height, isLooped, frames }
}
