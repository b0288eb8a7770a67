// Planes and colours without a browser: `npm test` in web/viewer.

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { colourMap, gradient } from '../src/colours.js'
import { AXIAL, CORONAL, edgeLetters, planLayout, SAGITTAL } from '../src/layout.js'

const SIZES = { slab: [182, 218, 20], head: [182, 218, 182], cube: [100, 100, 100] }

for (const [name, size] of Object.entries(SIZES)) {
  it(`places all planes of a ${name} inside the panel, apart, and undistorted`, () => {
    const { aspect, tiles } = planLayout(size, false)
    assert.deepEqual(tiles.map(({ plane }) => plane), [AXIAL, CORONAL, SAGITTAL])
    const sides = { [AXIAL]: [0, 1], [CORONAL]: [0, 2], [SAGITTAL]: [1, 2] }
    for (const { plane, box: [left, top, width, height] } of tiles) {
      assert.ok(left >= 0 && top >= 0 && left + width <= 1 + 1e-9 && top + height <= 1 + 1e-9)
      const [across, down] = sides[plane].map((axis) => size[axis])
      assert.ok(Math.abs((width / height) * aspect - across / down) < 1e-9)
    }
    const apart = ([a, b, c, d], [e, f, g, h]) => a + c <= e || e + g <= a || b + d <= f || f + h <= b
    tiles.forEach(({ box }, index) => tiles.slice(index + 1).forEach((other) => assert.ok(apart(box, other.box))))
  })
}

it('shows the axial plane alone on narrow screens', () => {
  assert.deepEqual(planLayout(SIZES.head, true).tiles, [{ plane: AXIAL, box: [0, 0, 1, 1] }])
})

it('swaps left and right in radiological view only', () => {
  assert.deepEqual(edgeLetters(AXIAL, false), { left: 'L', right: 'R', top: 'A', bottom: 'P' })
  assert.deepEqual(edgeLetters(AXIAL, true), { left: 'R', right: 'L', top: 'A', bottom: 'P' })
  assert.deepEqual(edgeLetters(SAGITTAL, true), edgeLetters(SAGITTAL, false))
})

it('hides small changes symmetrically around zero', () => {
  const { A, I } = colourMap('difference', { hidden: 0.5 })
  assert.equal(I.length, 256)
  assert.deepEqual(A, [...A].reverse())
  assert.equal(A[0], 255)
  assert.equal(A[127], 0)
  assert.match(gradient('difference', 0.5), /rgb\(112 112 112\) 25%.*rgb\(112 112 112\) 75%/)
})
