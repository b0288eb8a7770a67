// The few fields of a NIfTI-1 header that tell what dcm2niix made.

const HEADER_BYTES = 348
const DIM = 40
const PIXDIM = 76

/** Sizes of three axes, how many volumes, and the distances of voxels; null where it is no NIfTI-1 file. */
export function readNiftiHeader(bytes) {
  if (bytes.length < HEADER_BYTES) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES)
  if (view.getInt32(0, true) !== HEADER_BYTES) return null
  const dim = (axis) => Math.max(1, view.getInt16(DIM + 2 * axis, true))
  const axes = [1, 2, 3]
  return {
    shape: axes.map(dim),
    volumes: dim(4) * dim(5),
    spacing_mm: axes.map((axis) => Number(Math.abs(view.getFloat32(PIXDIM + 4 * axis, true)).toFixed(4)))
  }
}
