// Colour maps and colour bars without a browser.

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { colourMap, colourStops, gradient } from '../src/colours.js'

it('hides small changes symmetrically around zero', () => {
  const { A, I } = colourMap('difference', { hidden: 0.5, transparent: true })
  assert.equal(I.length, 256)
  assert.deepEqual(A, [...A].reverse())
  assert.equal(A[0], 255)
  assert.equal(A[127], 0)
  assert.match(gradient('difference', 0.5), /rgb\(112 112 112\) 25%.*rgb\(112 112 112\) 75%/)
})

it('draws what is hidden black where there is no anatomy below, and rims nothing with a colour where there is', () => {
  const at = (map, index) => [map.R[index], map.G[index], map.B[index]]
  const plain = colourMap('difference', { hidden: 0.5 })
  assert.deepEqual(at(plain, 100), [0, 0, 0])
  assert.notDeepEqual(at(plain, 10), [0, 0, 0])
  const over = colourMap('difference', { hidden: 0.5, transparent: true })
  const [r, g, b] = at(over, 100)
  assert.ok(r === g && g === b)
})

it('is cold for less and warm for more', () => {
  const { R, B } = colourMap('difference')
  assert.ok(B[40] > R[40] && R[215] > B[215])
})

it('keeps the first step of activation for what lies outside the brain', () => {
  const plain = colourMap('activation')
  assert.deepEqual(plain.A.slice(0, 3), [0, 255, 255])
  assert.deepEqual([plain.R[0], plain.G[0], plain.B[0]], [0, 0, 0])
  const over = colourMap('activation', { transparent: true })
  assert.equal(over.A[20], 0)
  assert.equal(over.A[30], 255)
})

it('makes the body clear where there is little grey matter and solid where there is much', () => {
  const { A } = colourMap('matter')
  assert.equal(A[40], 0)
  assert.equal(A[255], 255)
  A.slice(1).forEach((alpha, index) => assert.ok(alpha >= A[index]))
})

it('gives stops in order, within the bar', () => {
  for (const hidden of [0, 0.1, 1, 3]) {
    const places = colourStops('difference', hidden).map(([at]) => at)
    assert.deepEqual(places, [...places].sort((a, b) => a - b))
    assert.ok(places[0] >= 0 && places.at(-1) <= 1)
  }
})
