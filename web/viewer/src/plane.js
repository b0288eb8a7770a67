// One plane of some maps that lie above each other, drawn on a plain canvas.

import { axesOf, isMirrored } from './layout.js'
import { coloured, sliceOf } from './slices.js'

/**
 * Draws the plane into its place of the context's canvas. From then on the context counts in voxels from the lower left corner
 * of the plane, or from the lower right one where the sides are swapped: restore it.
 * @param {CanvasRenderingContext2D} context
 * @param {HTMLCanvasElement} small for one slice, a pixel for a voxel
 * @param {{plane: number, box: number[]}} tile `box`: left, top, width and height as fractions of the canvas
 * @param {{grid: object, range: [number, number], steps: Uint32Array}[]} layers the lowest first; `grid` see sliceOf, the others
 *   see coloured
 * @param {{place: number[], opacity: number, radiological: boolean}} view `place` in voxels; `opacity` of all layers but the lowest
 */
export function drawPlane(context, small, { plane, box: [left, top, width, height] }, layers, { place, opacity, radiological }) {
  const { canvas } = context
  const [across, up] = axesOf(plane).map((axis) => layers[0].grid.shape[axis])
  const [right, bottom] = [(left + width) * canvas.width, (top + height) * canvas.height]
  const [x, y] = [(width * canvas.width) / across, (height * canvas.height) / up]
  if (isMirrored(plane, radiological)) context.setTransform(-x, 0, 0, -y, right, bottom)
  else context.setTransform(x, 0, 0, -y, left * canvas.width, bottom)
  for (const [index, { grid, range, steps }] of layers.entries()) {
    const slice = sliceOf(grid, plane, place)
    small.width = slice.width
    small.height = slice.height
    small.getContext('2d').putImageData(new ImageData(coloured(slice.values, range, steps), slice.width, slice.height), 0, 0)
    context.globalAlpha = index > 0 ? opacity : 1
    context.drawImage(small, 0, 0)
  }
}

/** Voxels from the left to the right, the back to the front, below to above. */
export function plainGrid({ voxels, shape }) {
  return { voxels, shape, start: [0, 0, 0], step: [1, shape[0], shape[0] * shape[1]] }
}
