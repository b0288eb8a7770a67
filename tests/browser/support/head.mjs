// Raw T1 images of the tests: a head as a scanner stores it, and images that only look like one.
// The head is the template's own, so that no image of anybody is needed.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { repository } from './site.mjs'

const HEAD = join(repository, 'static/template/colin27_2mm_head.nii.gz')

/** Where the scanner's millimetres lie beside MNI's: turned about the ears' axis, then shifted. */
const TILT_RADIANS = (6 * Math.PI) / 180
const SHIFT_MM = [9, -17, 24]
/** Scanners count in units of their own. */
const WHITE = 900

/** Writes NIfTI-1 with 16-bit whole numbers, packed. `affine`: three rows of four. */
function writeInt16({ shape, affine, values }) {
  const header = Buffer.alloc(352)
  header.writeInt32LE(348, 0)
  ;[shape.length, ...shape].forEach((side, index) => header.writeInt16LE(side, 40 + 2 * index))
  header.writeInt16LE(4, 70)
  header.writeInt16LE(16, 72)
  const spacing = [0, 1, 2].map((axis) => Math.hypot(...affine.map((row) => row[axis])))
  ;[1, ...spacing, 1].forEach((length, index) => header.writeFloatLE(length, 76 + 4 * index))
  header.writeFloatLE(352, 108)
  header.writeFloatLE(1, 112)
  header.writeInt8(2, 123)
  header.writeInt16LE(1, 254)
  affine.flat().forEach((value, index) => header.writeFloatLE(value, 280 + 4 * index))
  header.write('n+1\0', 344, 'latin1')
  return gzipSync(Buffer.concat([header, Buffer.from(Int16Array.from(values).buffer)]))
}

/** The template's head: shape, rows of the affine, values in 0..1. */
function templateHead() {
  const plain = gunzipSync(readFileSync(HEAD))
  const shape = [1, 2, 3].map((axis) => plain.readInt16LE(40 + 2 * axis))
  if (plain.readInt16LE(70) !== 2) throw new Error('the template is not uint8 any more')
  const affine = [0, 1, 2].map((row) => [0, 1, 2, 3].map((column) => plain.readFloatLE(280 + 16 * row + 4 * column)))
  const voxels = plain.subarray(plain.readFloatLE(108))
  const slope = plain.readFloatLE(112) || 1
  return { shape, affine, values: Float32Array.from(voxels, (value) => value * slope) }
}

/** The head lying in the scanner: stored from front to back, top to bottom, left to right, in whole numbers. */
export function scannedHead() {
  const { shape, affine, values } = templateHead()
  const [nx, ny, nz] = shape
  const stored = new Int16Array(values.length)
  let at = 0
  for (let x = 0; x < nx; x += 1)
    for (let z = nz - 1; z >= 0; z -= 1)
      for (let y = ny - 1; y >= 0; y -= 1) stored[at++] = Math.round(WHITE * values[x + nx * (y + ny * z)])
  // Columns of the template's affine in the stored order, beginning at the voxel that is stored first.
  const first = (row) => row[3] + row[1] * (ny - 1) + row[2] * (nz - 1)
  const [x, y, z] = affine.map((row) => [-row[1], -row[2], row[0], first(row)])
  const [cos, sin] = [Math.cos(TILT_RADIANS), Math.sin(TILT_RADIANS)]
  const turned = [x, y.map((value, column) => cos * value - sin * z[column]), y.map((value, column) => sin * value + cos * z[column])]
  turned.forEach((row, axis) => (row[3] += SHIFT_MM[axis]))
  return { shape: [ny, nz, nx], affine: turned, values: stored }
}

/** A raw T1 image of a head. */
export const rawHead = () => writeInt16(scannedHead())

/** A head of which the right third was not scanned. */
export const croppedHead = () => {
  const { shape, affine, values } = scannedHead()
  const [rows, columns, slices] = shape
  const kept = Math.round((2 * slices) / 3)
  return writeInt16({ shape: [rows, columns, kept], affine, values: values.subarray(0, rows * columns * kept) })
}

/** The same voxels without a head in them. */
export const noise = () => {
  const head = scannedHead()
  let seed = 1
  const random = () => (seed = (Math.imul(1664525, seed) + 1013904223) >>> 0) / 2 ** 32
  return writeInt16({ ...head, values: head.values.map(() => Math.floor(WHITE * random())) })
}

/** Four labels, as a segmentation has them. */
export const labels = () => {
  const head = scannedHead()
  return writeInt16({ ...head, values: head.values.map((value) => Math.floor((3.99 * value) / WHITE)) })
}

/** Two points in time. */
export const twoHeads = () => {
  const head = scannedHead()
  return writeInt16({ ...head, shape: [...head.shape, 2], values: [...head.values, ...head.values] })
}

/** Nothing but zeros. */
export const blank = () => {
  const head = scannedHead()
  return writeInt16({ ...head, values: new Int16Array(head.values.length) })
}
