// A result belongs to one image and one model, whatever is opened before it is there.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { chooseBundle, chooseSample, save } from './support/looking.mjs'
import { bundleFile, manifest } from './support/native.mjs'
import { beforeEngine, bundleName, choose, dist, explain, lastResult, launch, open, until } from './support/site.mjs'

const query = `?bundle=${bundleName}&backend=cpu&sw=off`
const OTHER = 'phantom'
const { samples } = manifest()
const bundles = JSON.parse(readFileSync(join(dist, 'models/index.json'), 'utf8'))
const file = (name, role) => ({ name, mimeType: 'application/octet-stream', buffer: readFileSync(bundleFile(role)) })

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

/** What stands on the page, in all places that name an image or a model. */
const shown = (page) =>
  page.evaluate(() => {
    const { name, bundle } = window.agelens.lastResult()
    return {
      name,
      bundle,
      verdict: document.querySelector('#verdict-detail').textContent,
      isStale: document.querySelector('#maps').classList.contains('stale'),
      state: window.agelens.state
    }
  })

/** The first sample of a bundle with little grey matter in its front third. */
function withoutFront(bundle) {
  const bytes = gunzipSync(readFileSync(bundleFile(manifest(bundle).samples[0].original, bundle)))
  const [nx, ny] = manifest(bundle).grid.shape
  const values = new DataView(bytes.buffer, bytes.byteOffset + bytes.readFloatLE(108))
  for (let index = 0; 4 * index < values.byteLength; index += 1) {
    const y = Math.floor(index / nx) % ny
    if (y > 0.63 * ny) values.setFloat32(4 * index, 0.3 * values.getFloat32(4 * index, true), true)
  }
  return bytes
}

const json = async (page) => JSON.parse((await save(page, 'json')).bytes.toString())

/** Requests for `path` answer only when `release` was called. */
function holdBack(site, path) {
  let release
  const isReleased = new Promise((done) => (release = done))
  const pattern = (url) => url.pathname.endsWith(path)
  const held = site.page.route(pattern, async (route) => {
    await isReleased
    await route.continue()
  })
  return { held, release }
}

it('nothing is computed of an image while the next one is being opened', async (test) => {
  const site = await open(browser, { query })
  test.after(site.close)
  const { page } = site
  const { held, release } = holdBack(site, manifest().files[samples[1].original].path)
  await held
  await page.getByTestId('sample-select').selectOption('1')
  await until('the button waits', () => page.getByTestId('explain-button').isDisabled())
  // A submission by the keyboard passes the button.
  await page.evaluate(() => document.querySelector('#bench').requestSubmit())
  release()
  await until('the sample is shown', async () => (await shown(page)).name === samples[1].title)
  await until('the page is ready', async () => (await shown(page)).state === 'ready')
  const found = await shown(page)
  assert.ok(found.verdict.startsWith(samples[1].title) && !found.isStale, JSON.stringify(found))
  assert.equal((await lastResult(page)).source, 'precomputed')
  assert.deepEqual(site.errors, [])
})

it('two files of one name are two images', async (test) => {
  const site = await open(browser, { query })
  test.after(site.close)
  const { page } = site
  await choose(page, file('anat.nii.gz', samples[0].original))
  await explain(page)
  assert.equal((await shown(page)).isStale, false)
  await page.evaluate(() => (document.querySelector('#status').textContent = ''))
  await choose(page, file('anat.nii.gz', samples[1].original))
  assert.equal((await shown(page)).isStale, true, 'the maps of the first pass for those of the second')
  assert.deepEqual(site.errors, [])
})

it('a file that is read slowly does not push aside what was chosen after it', async (test) => {
  // Goes before the engine's code: the visitor's files are read only when they are let through.
  const SLOW = `
    const { stream } = Blob.prototype
    const held = new Promise((done) => (self.letThrough = done))
    self.readBytes = []
    Blob.prototype.stream = function () {
      self.readBytes.push(this.size)
      const found = stream.call(this)
      const { getReader } = found
      found.getReader = () => {
        const reader = getReader.call(found)
        return { __proto__: ReadableStreamDefaultReader.prototype, read: async () => (await held, reader.read()) }
      }
      return found
    }
  `
  const site = await open(browser, { query, replace: beforeEngine(SLOW) })
  test.after(site.close)
  const { page } = site
  await choose(page, file('slow.nii.gz', samples[0].original))
  await page.getByTestId('explain-button').click()
  await until('the engine reads', async () => page.workers()[0]?.evaluate(() => self.readBytes?.length > 0))
  await chooseSample(page, samples, 1)
  await page.workers()[0]?.evaluate(() => self.letThrough())
  await page.waitForTimeout(500)
  assert.equal((await shown(page)).name, samples[1].title)
  assert.doesNotMatch(await page.getByTestId('status').textContent(), /slow/)
  assert.equal(await page.getByTestId('sample-select').inputValue(), '1')
  assert.deepEqual(site.errors, [])
})

it('an own image is kept across models, but never its result', async (test) => {
  const site = await open(browser, { query })
  test.after(site.close)
  const { page } = site
  await choose(page, file('mine.nii.gz', samples[0].original))
  await explain(page)
  assert.equal((await json(page)).bundle.name, bundleName)
  const others = manifest(OTHER).samples
  await chooseBundle(page, OTHER, others)
  assert.equal((await json(page)).bundle.name, OTHER)
  await page.getByTestId('sample-select').selectOption('own')
  await until('the image is open', async () => (await page.getByTestId('status').textContent()).includes('mine.nii.gz is open'))
  const found = await shown(page)
  // What is on the screen is still the sample of the new model, faded.
  assert.deepEqual([found.name, found.bundle, found.isStale], [others[0].title, OTHER, true])
  assert.deepEqual(site.errors, [])
})

it('an own image is judged by the model that knows such images, where none was chosen', async (test) => {
  const site = await open(browser, { query: '?backend=cpu&sw=off' })
  test.after(site.close)
  const { page } = site
  const [wanted] = bundles.filter((bundle) => bundle.own_scans)
  await choose(page, { name: 'mine.nii', mimeType: 'application/octet-stream', buffer: withoutFront(wanted.id) })
  assert.equal(await page.getByTestId('bundle-select').inputValue(), wanted.id)
  assert.equal(await page.getByTestId('sample-select').inputValue(), 'own')
  assert.match(await page.getByTestId('notice').textContent(), /switched to a model/)
  // Nobody it has learned from lacks the front of the brain.
  await explain(page)
  const found = await lastResult(page)
  assert.deepEqual([found.bundle, found.isStrange], [wanted.id, true])
  assert.match(await page.getByTestId('verdict').textContent(), /^No verdict/)
  assert.deepEqual(site.errors, [])
})

it('where a sample cannot be had, what is shown keeps its name and its model', async (test) => {
  const broken = manifest(OTHER).files[manifest(OTHER).samples[0].difference].path
  const site = await open(browser, {
    query,
    replace: (path, bytes) => (path.endsWith(broken) ? Buffer.from(bytes).fill(0, 40, 80) : bytes)
  })
  test.after(site.close)
  const { page } = site
  await page.getByTestId('bundle-select').selectOption(OTHER)
  await until('the page says so', async () => (await page.getByTestId('error').textContent()).includes('damaged'))
  const found = await shown(page)
  assert.deepEqual([found.name, found.bundle, found.isStale], [samples[0].title, bundleName, true])
  const saved = await json(page)
  assert.deepEqual([saved.image, saved.bundle.name], [samples[0].title, bundleName])
  assert.deepEqual(site.errors, [])
})

it('page and engine work by one manifest, whatever is published meanwhile', async (test) => {
  let served = 0
  const site = await open(browser, {
    query,
    replace: (path, bytes) => {
      if (path !== `models/${bundleName}/manifest.json`) return bytes
      served += 1
      return served === 1 ? bytes : Buffer.from('{}')
    }
  })
  test.after(site.close)
  await explain(site.page)
  assert.equal(served, 1, 'the engine asked for a manifest of its own')
})
