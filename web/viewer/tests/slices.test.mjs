// Slices as pixels, without a browser.

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { colourMap } from '../src/colours.js'
import { AXIAL, CORONAL, SAGITTAL } from '../src/layout.js'
import { coloured, pixelsOfSteps, rimOf, sliceOf } from '../src/slices.js'

const SHAPE = [2, 3, 4]
/** Each voxel's value is its place: x + 10 y + 100 z. */
const valueAt = (x, y, z) => x + 10 * y + 100 * z
const PLAIN = { shape: SHAPE, start: [0, 0, 0], step: [1, 2, 6], voxels: voxels((x, y, z) => valueAt(x, y, z)) }
/** The same in a file whose x runs to the left. */
const FLIPPED = { ...PLAIN, start: [1, 0, 0], step: [-1, 2, 6], voxels: voxels((x, y, z) => valueAt(1 - x, y, z)) }

function voxels(value) {
  const [width, height, depth] = SHAPE
  return Float32Array.from({ length: width * height * depth }, (_, index) => value(index % width, Math.floor(index / width) % height, Math.floor(index / (width * height))))
}

const pixelsOf = (values, range, map) => {
  const bytes = coloured(values, range, pixelsOfSteps(map))
  return [...values.keys()].map((index) => [...bytes.subarray(4 * index, 4 * index + 4)])
}

for (const [name, grid] of Object.entries({ 'as they lie': PLAIN, 'from right to left': FLIPPED })) {
  it(`cuts along the planes where voxels are stored ${name}`, () => {
    const place = [1, 2, 3]
    assert.deepEqual(sliceOf(grid, AXIAL, place), { width: 2, height: 3, values: Float32Array.of(300, 301, 310, 311, 320, 321) })
    assert.deepEqual(sliceOf(grid, CORONAL, place), { width: 2, height: 4, values: Float32Array.of(20, 21, 120, 121, 220, 221, 320, 321) })
    assert.deepEqual(sliceOf(grid, SAGITTAL, place), { width: 3, height: 4, values: Float32Array.of(1, 11, 21, 101, 111, 121, 201, 211, 221, 301, 311, 321) })
  })
}

it('colours the window from black to white, and what lies beyond like its ends', () => {
  const greys = pixelsOf([-1, 0.2, 0.45, 0.7, 9], [0.2, 0.7], colourMap('grey'))
  assert.deepEqual(greys, [0, 0, 128, 255, 255].map((grey) => [grey, grey, grey, 255]))
})

it('leaves small changes clear, and losses blue, gains red', () => {
  const map = colourMap('difference', { hidden: 0.25, transparent: true })
  const [loss, less, none, more, gain] = pixelsOf([-0.2, -0.04, 0, 0.04, 0.2], [-0.2, 0.2], map)
  assert.deepEqual([less, none, more].map(([, , , alpha]) => alpha), [0, 0, 0])
  assert.deepEqual([loss[3], gain[3]], [255, 255])
  assert.ok(loss[2] > loss[0] && gain[0] > gain[2])
})

it('leaves clear what lies outside the brain in an activation map, and what is no number', () => {
  const [outside, nought, most, nan] = pixelsOf([-1, 0, 1, Number.NaN], [-1 / 254, 1], colourMap('activation'))
  assert.equal(outside[3], 0)
  assert.equal(nought[3], 255)
  assert.deepEqual(most, [253, 231, 37, 255])
  assert.deepEqual(nan, [0, 0, 0, 0])
})

it('draws the rim of a region around it, holes and the edge of the grid included', () => {
  const length = (width, height, values) => rimOf({ width, height, values }).length
  assert.deepEqual(rimOf({ width: 1, height: 1, values: [1] }).map(String).sort(), ['0,0,0,1', '0,0,1,0', '0,1,1,1', '1,0,1,1'])
  assert.equal(length(3, 3, [1, 1, 1, 1, 0, 1, 1, 1, 1]), 12 + 4)
  assert.equal(length(2, 2, [0, 0, 0, 0]), 0)
})
