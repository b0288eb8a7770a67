// Blend and wipe without a browser.

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { showing } from '../src/comparison.js'

it('blends the whole picture, and wipes without blending', () => {
  assert.deepEqual(showing({ kind: 'blend', share: 0.3 }), { opacity: 0.3, cut: 0 })
  assert.deepEqual(showing({ kind: 'wipe', share: 0.3 }), { opacity: 1, cut: 0.3 })
})

it('shows the translation alone at the end of a blend and at the start of a wipe', () => {
  const alone = { opacity: 1, cut: 0 }
  assert.deepEqual(showing({ kind: 'blend', share: 1 }), alone)
  assert.deepEqual(showing({ kind: 'wipe', share: 0 }), alone)
})
