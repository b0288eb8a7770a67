// DICOM files of the tests, as a scanner writes them: one a slice, plain numbers, low byte first.

const MR_IMAGE = '1.2.840.10008.5.1.4.1.1.4'
const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1'
const ROOT = '1.2.826.0.1.3680043.10.1511'
/** Kinds of values whose length takes four bytes. */
const LONG = new Set(['OB', 'OW'])

/** An element of a data set. `value`: a text, a number of two bytes, or bytes. */
function element(group, number, kind, value) {
  let bytes = value
  if (typeof value === 'number') {
    bytes = Buffer.alloc(2)
    bytes.writeUInt16LE(value)
  } else if (typeof value === 'string') {
    const pad = value.length % 2 ? (kind === 'UI' ? '\0' : ' ') : ''
    bytes = Buffer.from(value + pad, 'latin1')
  }
  const head = Buffer.alloc(LONG.has(kind) ? 12 : 8)
  head.writeUInt16LE(group, 0)
  head.writeUInt16LE(number, 2)
  head.write(kind, 4, 'latin1')
  if (LONG.has(kind)) head.writeUInt32LE(bytes.length, 8)
  else head.writeUInt16LE(bytes.length, 6)
  return Buffer.concat([head, bytes])
}

const numbers = (values) => values.map((value) => String(Number(value.toFixed(6)))).join('\\')

/** The direction of an axis of the stored voxels, and its length, in the scanner's millimetres (left, back and up positive). */
function axisOf(affine, axis) {
  const column = affine.map((row) => row[axis])
  const length_mm = Math.hypot(...column)
  const [x, y, z] = column.map((value) => value / length_mm)
  return { direction: [-x, -y, z], length_mm }
}

/**
 * A volume (shape, affine, values as in head.mjs) as files for a chooser: `{ name, mimeType, buffer }`, one a slice along the third axis.
 * `series`: number, which also makes the name; `description`; `slices` leaves out those for which it is false.
 */
export function dicomFiles({ shape: [columns, rows, slices], affine, values }, { series = 3, description = 'T1 MPRAGE', keeps = () => true } = {}) {
  const [x, y] = [0, 1].map((axis) => axisOf(affine, axis))
  const { length_mm: thickness_mm } = axisOf(affine, 2)
  const uid = (...parts) => [ROOT, ...parts].join('.')
  const files = []
  for (let slice = 0; slice < slices; slice += 1) {
    if (!keeps(slice)) continue
    const [px, py, pz] = affine.map((row) => row[3] + slice * row[2])
    const instance = uid(series, slice + 1)
    const pixels = Int16Array.from(values.subarray(slice * columns * rows, (slice + 1) * columns * rows))
    const meta = [element(2, 2, 'UI', MR_IMAGE), element(2, 3, 'UI', instance), element(2, 0x10, 'UI', EXPLICIT_LITTLE_ENDIAN)]
    const length = Buffer.alloc(4)
    length.writeUInt32LE(Buffer.concat(meta).length)
    const buffer = Buffer.concat([
      Buffer.alloc(128),
      Buffer.from('DICM'),
      element(2, 0, 'UL', length),
      ...meta,
      element(8, 0x16, 'UI', MR_IMAGE),
      element(8, 0x18, 'UI', instance),
      element(8, 0x60, 'CS', 'MR'),
      element(8, 0x103e, 'LO', description),
      element(0x10, 0x10, 'PN', 'Nobody'),
      element(0x18, 0x50, 'DS', numbers([thickness_mm])),
      element(0x20, 0xd, 'UI', uid(1)),
      element(0x20, 0xe, 'UI', uid(2, series)),
      element(0x20, 0x11, 'IS', String(series)),
      element(0x20, 0x13, 'IS', String(slice + 1)),
      element(0x20, 0x32, 'DS', numbers([-px, -py, pz])),
      element(0x20, 0x37, 'DS', numbers([...x.direction, ...y.direction])),
      element(0x28, 2, 'US', 1),
      element(0x28, 4, 'CS', 'MONOCHROME2'),
      element(0x28, 0x10, 'US', rows),
      element(0x28, 0x11, 'US', columns),
      element(0x28, 0x30, 'DS', numbers([y.length_mm, x.length_mm])),
      element(0x28, 0x100, 'US', 16),
      element(0x28, 0x101, 'US', 16),
      element(0x28, 0x102, 'US', 15),
      element(0x28, 0x103, 'US', 1),
      element(0x7fe0, 0x10, 'OW', Buffer.from(pixels.buffer))
    ])
    // As on a disc: without an ending.
    files.push({ name: `IM${series}${String(slice).padStart(4, '0')}`, mimeType: 'application/octet-stream', buffer })
  }
  return files
}
