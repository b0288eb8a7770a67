// Planes, letters and crosshair without a browser: `npm test` in web/viewer.

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { AXIAL, CORONAL, crosshairLines, edgeLetters, fractionAt, placeLetters, planLayout, SAGITTAL, tileAt } from '../src/layout.js'

const SIZES = { head: [182, 218, 182], cube: [100, 100, 100] }
const SIDES = { [AXIAL]: [0, 1], [CORONAL]: [0, 2], [SAGITTAL]: [1, 2] }

for (const [name, size] of Object.entries(SIZES)) {
  it(`places all planes of a ${name} inside the panel, apart, and undistorted`, () => {
    const { aspect, tiles } = planLayout(size)
    assert.deepEqual(tiles.map(({ plane }) => plane), [AXIAL, CORONAL, SAGITTAL])
    for (const { plane, box: [left, top, width, height] } of tiles) {
      assert.ok(left >= 0 && top >= 0 && left + width <= 1 + 1e-9 && top + height <= 1 + 1e-9)
      const [across, down] = SIDES[plane].map((axis) => size[axis])
      assert.ok(Math.abs((width / height) * aspect - across / down) < 1e-9)
    }
    const apart = ([a, b, c, d], [e, f, g, h]) => a + c <= e || e + g <= a || b + d <= f || f + h <= b
    tiles.forEach(({ box }, index) => tiles.slice(index + 1).forEach((other) => assert.ok(apart(box, other.box))))
  })
}

it('shows a slab in the plane of its slices alone, whatever the screen', () => {
  for (const [size, plane, aspect] of [
    [[160, 192, 20], AXIAL, 160 / 192],
    [[182, 40, 182], CORONAL, 1],
    [[59, 218, 182], SAGITTAL, 218 / 182]
  ]) {
    for (const axialOnly of [false, true]) {
      assert.deepEqual(planLayout(size, { axialOnly }), { aspect, tiles: [{ plane, box: [0, 0, 1, 1] }] })
    }
  }
  assert.equal(planLayout([182, 218, 60]).tiles.length, 3)
})

it('shows the axial plane alone on narrow screens', () => {
  assert.deepEqual(planLayout(SIZES.head, { axialOnly: true }).tiles, [{ plane: AXIAL, box: [0, 0, 1, 1] }])
})

it('swaps left and right in radiological view only', () => {
  assert.deepEqual(edgeLetters(AXIAL, false), { left: 'L', right: 'R', top: 'A', bottom: 'P' })
  assert.deepEqual(edgeLetters(AXIAL, true), { left: 'R', right: 'L', top: 'A', bottom: 'P' })
  assert.deepEqual(edgeLetters(SAGITTAL, true), edgeLetters(SAGITTAL, false))
})

it('has letters at all four edges of a plane', () => {
  const [axial, coronal] = planLayout(SIZES.head).tiles.map((tile) => placeLetters(tile, false).map(({ text }) => text).join(''))
  assert.equal(axial, 'LRAP')
  assert.equal(coronal, 'LRSI')
})

it('crosses at the place, open in the middle, and mirrors left and right in radiological view', () => {
  const tile = { plane: AXIAL, box: [0, 0, 1, 0.5] }
  const [west, east, north, south] = crosshairLines(tile, [0.25, 0.75, 0.5], [100, 200, 80], false)
  assert.deepEqual(west, [0, 0.125, 0.2, 0.125])
  assert.deepEqual(east, [0.3, 0.125, 1, 0.125])
  assert.deepEqual(north, [0.25, 0, 0.25, 0.1125])
  assert.deepEqual(south, [0.25, 0.1375, 0.25, 0.5])
  assert.equal(crosshairLines(tile, [0.25, 0.75, 0.5], [100, 200, 80], true)[2][0], 0.75)
  assert.equal(crosshairLines({ ...tile, plane: SAGITTAL }, [0.25, 0.75, 0.5], [100, 200, 80], true)[2][0], 0.75)
})

it('draws no line backwards where the place is near an edge', () => {
  const lines = crosshairLines({ plane: AXIAL, box: [0, 0, 1, 1] }, [0.01, 0.5, 0.5], [100, 100, 100], false)
  assert.equal(lines.length, 3)
})

it('finds the plane under a place, and nothing between planes', () => {
  const { tiles } = planLayout(SIZES.head)
  for (const tile of tiles) {
    const { box: [left, top, width, height] } = tile
    assert.equal(tileAt(tiles, [left + width / 2, top + height / 2]), tile)
  }
  const [{ box: [, , , height] }] = tiles
  assert.equal(tileAt(tiles, [0.5, height + 0.001]), undefined)
})

for (const radiological of [false, true]) {
  it(`points where the crosshair then crosses, ${radiological ? 'left on the right' : 'left on the left'}`, () => {
    const was = [0.3, 0.6, 0.8]
    for (const tile of planLayout(SIZES.head).tiles) {
      const { plane, box: [left, top, width, height] } = tile
      const at = [left + 0.4 * width, top + 0.3 * height]
      const fraction = fractionAt(tile, at, was, radiological)
      const kept = [0, 1, 2].filter((axis) => fraction[axis] === was[axis])
      assert.deepEqual(kept, [[AXIAL, 2], [CORONAL, 1], [SAGITTAL, 0]].filter(([own]) => own === plane).map(([, axis]) => axis))
      const [west, , north] = crosshairLines(tile, fraction, SIZES.head, radiological)
      assert.ok(Math.abs(north[0] - at[0]) < 1e-9 && Math.abs(west[1] - at[1]) < 1e-9)
    }
  })
}
