// What the panels show, without a browser.

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { CAM, contentOf, DIFFERENCE, isSame, KEPT, KEPT_DIFFERENCE, opacityOf, ORIGINAL, TRANSLATED, TRUTH } from '../src/maps.js'
import { sameFile } from '../src/same-file.js'

const files = ['original', 'translated', 'difference', 'cam', 'truth']
const state = { files, limit: 0.2, threshold: 0.05, anatomy: true, window: [0, 1], opacity: 1 }

it('shows grey maps in the window, and the anatomy below others along with it', () => {
  const windowed = { ...state, window: [0.2, 0.7] }
  for (const index of [ORIGINAL, TRANSLATED]) {
    assert.deepEqual(contentOf(index, windowed).layers, [{ file: files[index], scale: 'grey', range: [0.2, 0.7] }])
  }
  const [below] = contentOf(DIFFERENCE, windowed).layers
  assert.equal(below.file, 'original')
  assert.equal(below.range[0], 0.2)
  assert.ok(Math.abs(below.range[1] - (0.2 + 1.6 * 0.5)) < 1e-12)
})

it('shows the truth as it shows the difference', () => {
  const own = (index, { file, ...layer }) => ({ ...layer, file: file === files[index] ? 'own' : file })
  const unnamed = (index) => contentOf(index, state).layers.map((layer) => own(index, layer))
  assert.deepEqual(unnamed(TRUTH), unnamed(DIFFERENCE))
  assert.deepEqual(contentOf(DIFFERENCE, state).layers[1], { file: 'difference', scale: 'difference', range: [-0.2, 0.2], hidden: 0.25 })
})

it('shows maps alone without the anatomy, and nothing where there is no map', () => {
  assert.equal(contentOf(CAM, { ...state, anatomy: false }).layers.length, 1)
  assert.equal(contentOf(TRUTH, { ...state, files: files.slice(0, 4) }), null)
  assert.equal(contentOf(TRUTH, { ...state, files: [...files.slice(0, 4), null] }), null)
})

it('lets the anatomy always shine through Grad-CAM, and through the rest as the user wants', () => {
  assert.ok(opacityOf(CAM, 1) < 1)
  assert.equal(opacityOf(DIFFERENCE, 1), 1)
  assert.equal(opacityOf(TRUTH, 0.4), 0.4)
})

it('draws nought of Grad-CAM as nought, not as the outside', () => {
  const [low, high] = contentOf(CAM, state).layers[1].range
  const step = (value) => Math.round(((value - low) / (high - low)) * 255)
  assert.deepEqual([-1, 0, 1].map((value) => Math.max(0, step(value))), [0, 1, 255])
})

it('shows the image that is kept as the other, over its own anatomy', () => {
  const both = { ...state, files: [...files, 'kept', 'kept-difference'] }
  assert.deepEqual(contentOf(KEPT, both).layers, [{ file: 'kept', scale: 'grey', range: [0, 1] }])
  const [below, map] = contentOf(KEPT_DIFFERENCE, both).layers
  assert.deepEqual([below.file, map.file, map.range], ['kept', 'kept-difference', [-0.2, 0.2]])
})

it('draws nothing again that looks the same', () => {
  const looks = (index, change = {}) => contentOf(index, { ...state, ...change })
  assert.ok([ORIGINAL, DIFFERENCE, CAM].every((index) => isSame(looks(index), looks(index))))
  const turned = { files: ['original', 'other', 'change', 'cam', null] }
  assert.deepEqual([ORIGINAL, TRANSLATED, DIFFERENCE, CAM].map((index) => isSame(looks(index), looks(index, turned))), [true, false, false, true])
  for (const change of [{ limit: 0.3 }, { threshold: 0.1 }, { anatomy: false }, { opacity: 0.5 }, { window: [0, 0.5] }]) {
    assert.ok(!isSame(looks(DIFFERENCE), looks(DIFFERENCE, change)), JSON.stringify(change))
  }
  assert.ok(!isSame(null, looks(TRUTH)) && !isSame(looks(TRUTH), null))
})

it('knows a file again by its bytes', () => {
  const bytes = Uint8Array.from([1, 2, 3, 4, 5, 6, 7])
  const known = bytes.slice().buffer
  assert.equal(sameFile(known, bytes), known)
  for (const other of [Uint8Array.from([1, 2, 3, 4, 5, 6, 8]), Uint8Array.from([1, 9, 3, 4, 5, 6, 7]), bytes.slice(0, 6)]) {
    const copy = sameFile(known, other)
    assert.notEqual(copy, known)
    assert.deepEqual(new Uint8Array(copy), other)
  }
  // A part of a larger buffer is read as what it is, and is not held.
  const part = Uint8Array.from([0, 0, 0, ...bytes]).subarray(3)
  assert.equal(sameFile(known, part), known)
  assert.equal(sameFile(null, part).byteLength, 7)
})
