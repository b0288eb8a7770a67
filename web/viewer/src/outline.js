// The outline of a region over the slices: NiiVue draws the rim of its pen drawing, so the region is given as one.

import { readImage, shapeOf } from './niivue.js'

const COLOUR = [90, 255, 220, 255]
/** The same for plain canvases. */
export const OUTLINE_CSS = `rgb(${COLOUR.slice(0, 3).join(' ')})`

/** Colours of drawings: 0 is nothing, 1 the outline. */
export const OUTLINE_LUT = { lut: new Uint8ClampedArray(256 * 4), labels: Array(256).fill('') }
OUTLINE_LUT.lut.set(COLOUR, 4)

/**
 * @param {ArrayBuffer} file a `.nii` mask: what is not zero is the region
 * @returns {Promise<{voxels: Uint8Array, shape: number[]}>}
 */
export async function readOutline(file) {
  const image = await readImage(file)
  return { voxels: Uint8Array.from(image.img, (value) => (value > 0 ? 1 : 0)), shape: shapeOf(image) }
}
