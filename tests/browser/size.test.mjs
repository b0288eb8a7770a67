// The page's code stays small: visitors download it before anything else.

import assert from 'node:assert/strict'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { it } from 'node:test'
import { brotliCompressSync, constants } from 'node:zlib'
import { codes } from './support/languages.mjs'
import { dist } from './support/site.mjs'

const CODE = new Set(['.html', '.css', '.js', '.wasm'])
/** After brotli, as a server sends it; all code together. */
const CODE_LIMIT_BYTES = 3_000_000
/** The texts of one language beside the code: what a visitor fetches. English is part of the code. */
const TEXTS_LIMIT_BYTES = 40_000
/** What it was when somebody last looked; to be set anew by whoever makes it grow by more on purpose. */
const RECORDED_BYTES = 2_975_000
const GROWTH_LIMIT = 1.05
/** The page itself starts before the worker with the models is there: 486 kB after brotli, of which English texts and the description of the document are a part, 25 kB the lesson in which one trains. */
const PAGE_MODULE_LIMIT_BYTES = 1_345_000

/** The converter of DICOM files, fetched only by who brings such; after brotli. */
const CONVERTER_LIMIT_BYTES = 350_000
/** Pages to read, and what only some visitors need. */
const isApart = (path) => /^(dicom|teaching|lesson)\//.test(path)

const all = readdirSync(dist, { recursive: true })
const files = all
  .filter((path) => CODE.has(extname(path)) && !isApart(path))
  .map((path) => ({ path, bytes: statSync(join(dist, path)).size }))

it('has one large module, the worker, and a small one for the page', () => {
  const modules = files.filter(({ path }) => path.endsWith('.wasm')).sort((left, right) => left.bytes - right.bytes)
  assert.equal(modules.length, 2, `modules: ${modules.map(({ path }) => path)}`)
  const [page, worker] = modules
  assert.ok(page.bytes < PAGE_MODULE_LIMIT_BYTES, `${page.path} has ${page.bytes} bytes`)
  assert.match(worker.path, /worker/)
  const others = files.filter(({ path, bytes }) => bytes > 1_000_000 && path !== worker.path && path !== page.path)
  assert.deepEqual(others, [], 'large files beside the two modules')
})

it('keeps all code, with the texts of any language, within 3 MB after brotli', () => {
  const sizes = files.map(({ path }) => [path, packed(path)])
  const languages = all.filter((path) => /^languages\/.*\.json$/.test(path)).map((path) => [path, packed(path)])
  assert.equal(languages.length, codes.length - 1, `${languages}`)
  const largest = Math.max(...languages.map(([, size]) => size))
  console.log(`texts after brotli: ${languages.map(([path, size]) => `${path}: ${(size / 1e3).toFixed(1)} kB`).join(', ')}`)
  assert.ok(largest <= TEXTS_LIMIT_BYTES, `${languages}`)
  const total = sizes.reduce((sum, [, size]) => sum + size, largest)
  console.log(`code and the texts of one language after brotli: ${(total / 1e6).toFixed(3)} MB of ${CODE_LIMIT_BYTES / 1e6}`)
  assert.ok(total <= CODE_LIMIT_BYTES, sizes.map(([path, size]) => `${path}: ${size}`).join('\n'))
  assert.ok(total <= GROWTH_LIMIT * RECORDED_BYTES, `${total} bytes, more than 5 % above the recorded ${RECORDED_BYTES}`)
})

it('keeps the converter of DICOM files apart and small', () => {
  const converter = all.filter((path) => path.startsWith('dicom/') && CODE.has(extname(path)))
  assert.equal(converter.length, 3, `${converter}`)
  const total = converter.reduce((sum, path) => sum + packed(path), 0)
  console.log(`converter of DICOM files after brotli: ${(total / 1e3).toFixed(0)} kB`)
  assert.ok(total <= CONVERTER_LIMIT_BYTES, `${total} bytes`)
})

/** Bytes of a file as a server sends it. */
function packed(path) {
  const bytes = readFileSync(join(dist, path))
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length, [constants.BROTLI_PARAM_QUALITY]: 9 }
  return brotliCompressSync(bytes, { params }).length
}
