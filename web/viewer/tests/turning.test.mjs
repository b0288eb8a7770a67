// Turning and cutting the body without a browser.

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { cutPlanes, turned, zoomed } from '../src/turning.js'

/** A plane's normal as NiiVue computes it from azimuth and elevation (there turned by half a circle). */
function normal([, azimuth, elevation]) {
  const [theta, phi] = [((azimuth + 180 - 90) * Math.PI) / 180, (-elevation * Math.PI) / 180]
  return [Math.cos(phi) * Math.cos(theta), Math.cos(phi) * Math.sin(theta), Math.sin(phi)]
}

/** NiiVue cuts away what has a positive distance to all planes; fractions of the grid. */
function isCut(planes, point) {
  return planes.every((plane) => normal(plane).reduce((sum, part, axis) => sum + part * (point[axis] - 0.5), plane[0]) > 0)
}

it('cuts the corner between the viewer and the place, from wherever the viewer looks', () => {
  const place = [0.3, 0.6, 0.45]
  for (const x of [-1, 1]) {
    for (const y of [-1, 1]) {
      for (const z of [-1, 1]) {
        const planes = cutPlanes(place, [x * 0.5, y * 0.7, z * 0.4])
        const before = place.map((part, axis) => part - 0.05 * [x, y, z][axis])
        const after = place.map((part, axis) => part + 0.05 * [x, y, z][axis])
        assert.ok(isCut(planes, before), `not cut before: ${[x, y, z]}`)
        assert.ok(!isCut(planes, after), `cut behind: ${[x, y, z]}`)
        assert.ok(!isCut(planes, [before[0], before[1], after[2]]), `cut beside: ${[x, y, z]}`)
      }
    }
  }
})

it('turns round and round but not over the top', () => {
  const pose = { azimuth: 350, elevation: 80, zoom: 1 }
  assert.deepEqual(turned(pose, 20, 30), { azimuth: 10, elevation: 90, zoom: 1 })
  assert.deepEqual(turned(pose, -360, -200), { azimuth: 350, elevation: -90, zoom: 1 })
})

it('comes nearer as the wheel turns up, within limits', () => {
  const pose = { azimuth: 0, elevation: 0, zoom: 1 }
  assert.ok(zoomed(pose, -100).zoom > 1 && zoomed(pose, 100).zoom < 1)
  assert.equal(zoomed(pose, -1e5).zoom, 3)
  assert.equal(zoomed(pose, 1e5).zoom, 0.6)
})
