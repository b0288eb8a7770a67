// NIfTI files of the tests: reading results, and damaging a good file in known ways.

import { gunzipSync, gzipSync } from 'node:zlib'
import * as nifti from 'nifti-reader-js'

/** Header fields of NIfTI-1, by their offset in bytes. */
const DIM = 40
const VOX_OFFSET = 108

/** Data types of NIfTI-1 by the arrays that hold them. */
const DATA_TYPES = new Map([
  [Float32Array, nifti.NIFTI1.TYPE_FLOAT32],
  [Uint8Array, nifti.NIFTI1.TYPE_UINT8]
])

/** Reads `.nii` or `.nii.gz`: shape, affine (rows) and values, which must be of the type. */
export function readVolume(bytes, type = Float32Array) {
  const plain = bytes[0] === 0x1f ? gunzipSync(bytes) : bytes
  const buffer = plain.buffer.slice(plain.byteOffset, plain.byteOffset + plain.byteLength)
  const header = nifti.readHeader(buffer)
  if (header.datatypeCode !== DATA_TYPES.get(type)) throw new Error(`data type ${header.datatypeCode}, not ${type.name}`)
  return {
    shape: header.dims.slice(1, 4),
    affine: header.affine,
    values: new type(nifti.readImage(header, buffer))
  }
}

/** Largest absolute difference of two volumes; throws where they are not on the same grid or hold NaN. */
export function largestDifference(left, right) {
  if (String(left.shape) !== String(right.shape)) throw new Error(`shapes differ: ${left.shape} and ${right.shape}`)
  let largest = Math.max(...left.affine.flat().map((value, index) => Math.abs(value - right.affine.flat()[index])))
  if (!(largest <= 1e-4)) throw new Error('affines differ')
  largest = 0
  for (let index = 0; index < left.values.length; index += 1) {
    const difference = Math.abs(left.values[index] - right.values[index])
    if (Number.isNaN(difference)) throw new Error(`voxel ${index} is no number`)
    if (difference > largest) largest = difference
  }
  return largest
}

/** A table, as it lies beside the images. */
export const textFile = () => Buffer.from('participant_id\tage\nsub-01\t25\n')

/** The first half of a gzipped image, as an interrupted download leaves it. */
export const truncatedGzip = (good) => {
  const gzipped = gzipSync(plainBytes(good))
  return gzipped.subarray(0, gzipped.length / 2)
}

/** Two points in time. */
export const fourDimensional = (good) => {
  const plain = plainBytes(good)
  const doubled = Buffer.concat([plain, plain.subarray(plain.readFloatLE(VOX_OFFSET))])
  doubled.writeInt16LE(4, DIM)
  doubled.writeInt16LE(2, DIM + 8)
  return doubled
}

/** One voxel in the middle is no number. */
export const withNan = (good) => {
  const plain = plainBytes(good)
  const voxels = (plain.length - plain.readFloatLE(VOX_OFFSET)) / 4
  plain.writeFloatLE(NaN, plain.readFloatLE(VOX_OFFSET) + 4 * Math.floor(voxels / 2))
  return plain
}

/** A header that promises 40 GB, with the data of a small image. */
export const hugeHeader = (good) => {
  const plain = plainBytes(good)
  for (const axis of [1, 2, 3]) plain.writeInt16LE(2155, DIM + 2 * axis)
  return plain
}

/** Every voxel 0.1 too high, compressed as it was: an image that no working device computes. */
export const withShiftedValues = (good) => {
  const plain = plainBytes(good)
  for (let at = plain.readFloatLE(VOX_OFFSET); at < plain.length; at += 4) plain.writeFloatLE(plain.readFloatLE(at) + 0.1, at)
  return good[0] === 0x1f ? gzipSync(plain) : plain
}

const plainBytes = (bytes) => Buffer.from(bytes[0] === 0x1f ? gunzipSync(bytes) : bytes)

/** Fields of NIfTI-1's header that are numbers: offset, bytes of each, how many. */
const FIELDS = [
  [0, 4, 1],
  [32, 4, 1],
  [36, 2, 1],
  [DIM, 2, 8],
  [56, 4, 3],
  [68, 2, 4],
  [76, 4, 11],
  [120, 2, 1],
  [124, 4, 6],
  [252, 2, 2],
  [256, 4, 18]
]
const DATATYPE = 70
const SCALING = 112
const FORMS = 252
const ROWS = 280
const MAGIC = 344

/** The same image as `.hdr` and `.img`. */
export const asPair = (good) => {
  const plain = plainBytes(good)
  const start = plain.readFloatLE(VOX_OFFSET)
  const header = Buffer.from(plain.subarray(0, 348))
  header.write('ni1\0', MAGIC, 'latin1')
  header.writeFloatLE(0, VOX_OFFSET)
  return [header, plain.subarray(start)]
}

/** The same image as computers of another kind write it. */
export const asBigEndian = (good) => {
  const plain = plainBytes(good)
  const start = plain.readFloatLE(VOX_OFFSET)
  for (const [at, size, count] of FIELDS) for (let index = 0; index < count; index += 1) plain.subarray(at + size * index, at + size * (index + 1)).reverse()
  plain.subarray(start).swap32()
  return plain
}

/** The same image in whole numbers, to be multiplied and shifted. */
export const asInt16 = (good) => {
  const [header, voxels] = headerAndVoxels(good)
  const [slope, intercept] = [1 / 40_000, 0.5]
  header.writeInt16LE(4, DATATYPE)
  header.writeInt16LE(16, DATATYPE + 2)
  header.writeFloatLE(slope, SCALING)
  header.writeFloatLE(intercept, SCALING + 4)
  const whole = Int16Array.from(voxels, (value) => Math.round((value - intercept) / slope))
  return Buffer.concat([header, Buffer.from(whole.buffer)])
}

/** The same image with each value `factor` times as large. */
export const times = (good, factor) => {
  const [header, voxels] = headerAndVoxels(good)
  return Buffer.concat([header, Buffer.from(Float32Array.from(voxels, (value) => factor * value).buffer)])
}

/** The same image stored with z first, then y, then x from right to left; only the sform tells. */
export const reoriented = (good) => {
  const [header, voxels] = headerAndVoxels(good)
  const [nx, ny, nz] = [1, 2, 3].map((axis) => header.readInt16LE(DIM + 2 * axis))
  const turned = new Float32Array(voxels.length)
  let at = 0
  for (let x = nx - 1; x >= 0; x -= 1) for (let y = 0; y < ny; y += 1) for (let z = 0; z < nz; z += 1) turned[at++] = voxels[x + nx * (y + ny * z)]
  ;[nz, ny, nx].forEach((side, axis) => header.writeInt16LE(side, DIM + 2 * (axis + 1)))
  for (const row of [0, 1, 2]) {
    const [x, y, z, shift] = [0, 1, 2, 3].map((column) => header.readFloatLE(ROWS + 16 * row + 4 * column))
    ;[z, y, -x, shift + x * (nx - 1)].forEach((value, column) => header.writeFloatLE(value, ROWS + 16 * row + 4 * column))
  }
  header.writeInt16LE(0, FORMS)
  return Buffer.concat([header, Buffer.from(turned.buffer)])
}

function headerAndVoxels(good) {
  const { values } = readVolume(good)
  const plain = plainBytes(good)
  return [Buffer.from(plain.subarray(0, plain.readFloatLE(VOX_OFFSET))), values]
}
