// The page's answer beside the native program's: the same class, and every voxel within the tolerance.

import assert from 'node:assert/strict'
import { largestDifference, readVolume } from './nifti.mjs'

/** What the project promises between devices, in grey-matter units and in probability. */
const TOLERANCE = 1e-3

/**
 * Share of the voxels that two devices may round to different steps, where a bundle rounds its changes, and by how many. Where
 * values are given in the order of the voxels, two that are nearly equal may change places.
 */
const ROUNDED_OTHERWISE = 0.01
const STEPS_APART = 4

/** `step`: of the values of the bundle's maps, 0 where changes are not rounded. */
export function assertSameResult(page, native, step = 0) {
  assert.equal(page.direction, native.direction)
  for (const [when, inPage, natively] of [
    ['before', page.probabilityOldBefore, native.probability_old_before],
    ['after', page.probabilityOldAfter, native.probability_old_after]
  ]) {
    assert.ok(Math.abs(inPage - natively) <= TOLERANCE, `probability ${when}: ${inPage} in the page, ${natively} natively`)
    assert.equal(inPage >= 0.5, natively >= 0.5, `another class ${when}`)
  }
  for (const name in native.volumes) {
    const volume = readVolume(page.volumes[name])
    // An empty or constant answer on both sides would agree as well.
    assert.ok(new Set(volume.values).size > 100, `${name}: hardly any different values`)
    const expected = readVolume(native.volumes[name])
    const largest = largestDifference(volume, expected)
    assert.ok(largest <= STEPS_APART * step + TOLERANCE, `${name}: differs by up to ${largest}`)
    const others = volume.values.filter((value, index) => Math.abs(value - expected.values[index]) > TOLERANCE).length
    assert.ok(others <= (step > 0 ? ROUNDED_OTHERWISE * volume.values.length : 0), `${name}: ${others} voxels differ`)
  }
}
