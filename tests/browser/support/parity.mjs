// The page's answer beside the native program's: the same class, and every voxel within the tolerance.

import assert from 'node:assert/strict'
import { largestDifference, readVolume } from './nifti.mjs'

/** What the project promises between devices, in grey-matter units and in probability. */
const TOLERANCE = 1e-3

export function assertSameResult(page, native) {
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
    const largest = largestDifference(volume, readVolume(native.volumes[name]))
    assert.ok(largest <= TOLERANCE, `${name}: differs by up to ${largest}`)
  }
}
