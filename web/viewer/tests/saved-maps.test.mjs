// The bytes of a saved result, without a browser.

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { CAM, DIFFERENCE, ORIGINAL, TRUTH } from '../src/maps.js'
import { bytesOf, byteTold, told, valueOf, valuesOf } from '../src/saved-maps.js'

it('reads base64', () => {
  assert.deepEqual(bytesOf(Buffer.from([0, 128, 255, 7]).toString('base64')), Uint8Array.of(0, 128, 255, 7))
})

it('knows what bytes stand for', () => {
  assert.deepEqual([0, 51, 255].map((byte) => valueOf(ORIGINAL, byte, 0.2)), [0, 0.2, 1])
  assert.deepEqual([1, 128, 255].map((byte) => valueOf(DIFFERENCE, byte, 0.2)), [-0.2, 0, 0.2])
  const [original, translated, difference, cam, truth] = valuesOf({ original: [0, 255], difference: [128, 1], cam: [255, 0] }, 0.5)
  assert.deepEqual([original, difference, cam].map((values) => [...values]), [[0, 1], [0, -0.5], [1, 0]])
  assert.deepEqual([translated, truth], [null, null])
})

it('tells values as the page does', () => {
  assert.deepEqual([told(-0.004), told(-1.5), told(2, true), told(0, true)], ['0.00', '−1.50', '+2.00', '0.00'])
  assert.equal(byteTold(CAM, 128, 0.2), '0.50')
  assert.deepEqual([1, 2, 128, 254, 255].map((byte) => byteTold(TRUTH, byte, 0.5)), ['≤ −0.50', '−0.50', '0.00', '+0.50', '≥ +0.50'])
})
