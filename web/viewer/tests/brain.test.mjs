// Inside and outside of the brain without a browser.

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { brainMask, hideOutside } from '../src/brain.js'

/** A ring of grey matter around white matter, in a slab of two slices; the second is open on one side. */
const WIDTH = 7
const ring = [
  '.......',
  '.#####.',
  '.#...#.',
  '.#.#.#.',
  '.#...#.',
  '.#####.',
  '.......'
]
const open = [...ring.slice(0, 4), '.#.....', ...ring.slice(5)]
const values = (rows) => [...rows.join('')].map((sign) => (sign === '#' ? 0.6 : 0.01))

it('holds what grey matter encloses, slice by slice', () => {
  const mask = brainMask([...values(ring), ...values(open)], [WIDTH, WIDTH, 2])
  const row = (index) => mask.slice(index * WIDTH, (index + 1) * WIDTH).join('')
  const rows = (slice) => ring.map((_, y) => row(slice * WIDTH + y))
  assert.deepEqual(rows(0), ['0000000', '0111110', '0111110', '0111110', '0111110', '0111110', '0000000'])
  // Through the gap the outside comes in, but not to the grey matter itself.
  assert.deepEqual(rows(1)[3], '0101010')
})

it('counts nothing but outside where there is no grey matter', () => {
  assert.ok(brainMask(new Float32Array(60), [5, 4, 3]).every((inside) => inside === 0))
})

it('hides values outside and keeps those inside', () => {
  const map = Float32Array.of(0.5, 0.5, 0)
  hideOutside(map, Uint8Array.of(1, 0, 1))
  assert.deepEqual([...map], [0.5, -1, 0])
})
