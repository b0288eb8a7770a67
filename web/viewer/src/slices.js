// Slices of a map as coloured pixels, for browsers that draw without WebGL. Pure: voxels in, pixels out.

import { acrossOf, axesOf } from './layout.js'

const LAST = 255

/**
 * @param {{R: number[], G: number[], B: number[], A: number[]}} map of 256 steps, as colours.js makes it
 * @returns {Uint32Array} a pixel of a canvas for each step
 */
export function pixelsOfSteps({ R, G, B, A }) {
  return new Uint32Array(Uint8ClampedArray.from(R.flatMap((red, step) => [red, G[step], B[step], A[step]])).buffer)
}

/**
 * One slice through a grid.
 * @param {{voxels: ArrayLike<number>, shape: number[], start: number[], step: number[]}} grid `shape`: voxels along x, y, z,
 *   which lead to the right, the front and the top; `start` and `step`: along each, where the first lies in `voxels`, and
 *   how far apart two are
 * @param {number} plane
 * @param {number[]} place in voxels; the slice goes through it
 * @returns {{width: number, height: number, values: Float32Array}} the lowest row first
 */
export function sliceOf({ voxels, shape, start, step }, plane, place) {
  const [across, up] = axesOf(plane)
  const through = acrossOf(plane)
  const [width, height] = [shape[across], shape[up]]
  const values = new Float32Array(width * height)
  const first = start[0] + start[1] + start[2] + step[through] * place[through]
  for (let row = 0, index = 0; row < height; row++) {
    let from = first + step[up] * row
    for (let column = 0; column < width; column++, from += step[across]) values[index++] = voxels[from]
  }
  return { width, height, values }
}

/**
 * @param {ArrayLike<number>} values
 * @param {[number, number]} range the values of the first and the last step; what lies beyond has their colours
 * @param {Uint32Array} steps see pixelsOfSteps
 * @returns {Uint8ClampedArray} four bytes for each value
 */
export function coloured(values, [low, high], steps) {
  const pixels = new Uint32Array(values.length)
  const scale = LAST / (high - low)
  for (let index = 0; index < values.length; index++) {
    // Where there is no number, nothing is drawn.
    pixels[index] = steps[Math.min(LAST, Math.max(0, Math.round((values[index] - low) * scale)))]
  }
  return new Uint8ClampedArray(pixels.buffer)
}

/**
 * The rim of what is not nought in a slice: the sides of voxels with nought on the other side.
 * @param {{width: number, height: number, values: ArrayLike<number>}} slice
 * @returns {[number, number, number, number][]} x and y of both ends of each, in voxels from the lower left corner
 */
export function rimOf({ width, height, values }) {
  const isIn = (x, y) => x >= 0 && y >= 0 && x < width && y < height && values[y * width + x] > 0
  const sides = []
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x <= width; x++) {
      if (isIn(x, y) !== isIn(x - 1, y)) sides.push([x, y, x, y + 1])
      if (isIn(x, y) !== isIn(x, y - 1)) sides.push([x, y, x + 1, y])
    }
  }
  return sides
}
