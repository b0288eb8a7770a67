// “Forget my scan”: of an image of the visitor's own nothing is left in the page, the viewer, the engine or the browser.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { dicomFiles } from './support/dicom.mjs'
import { countOf } from './support/heap.mjs'
import { rawHead, scannedHead } from './support/head.mjs'
import { chooseMode, chooseSample, fragmentOf, showAllMaps, speak } from './support/looking.mjs'
import { manifest, phantomSubjects, preparationVersion, scratchFolder } from './support/native.mjs'
import { bundleName, choose, explain, lastResult, launch, open, until } from './support/site.mjs'
import { texts } from './support/languages.mjs'

const QUERY = `?bundle=${bundleName}&backend=cpu`
const NAME = 'secret-patient.nii.gz'
const { samples } = manifest()

let browser, scratch, scan
before(async () => {
  browser = await launch()
  scratch = scratchFolder()
  scan = readFileSync(phantomSubjects(scratch.path)[0])
})
after(async () => {
  await browser?.close()
  scratch?.remove()
})

const own = (name = NAME, buffer = scan) => ({ name, mimeType: 'application/gzip', buffer })
const button = (page) => page.getByTestId('forget-button')
const said = (page) => page.getByTestId('status').textContent()
const nameShown = (page) => page.evaluate(() => window.agelens.lastResult()?.name)

/** Runs before the page's own scripts: addresses of blobs that are held. */
const watch = () => {
  window.held = new Set()
  const { createObjectURL, revokeObjectURL } = URL
  URL.createObjectURL = (blob) => {
    const address = createObjectURL.call(URL, blob)
    window.held.add(address)
    return address
  }
  URL.revokeObjectURL = (address) => {
    window.held.delete(address)
    revokeObjectURL.call(URL, address)
  }
}

/** Bytes in the middle of a volume that hold no run of zeros: found again, they are of that volume. */
function traceOf(nifti) {
  const start = nifti.readFloatLE(108)
  const length = 256
  const isRich = (at) => new Set(nifti.subarray(at, at + length)).size > 100
  for (let at = start + 4 * Math.floor((nifti.length - start) / 8); at + length < nifti.length; at += 4) {
    if (isRich(at)) return nifti.subarray(at, at + length)
  }
  throw new Error('the volume is the same everywhere')
}

/** All that is written in the document, seen or not, names of files to be saved among it. */
const written = (page) => page.evaluate(() => document.documentElement.outerHTML)

/** What the browser keeps of the site beside the page's own files. */
const kept = (page) =>
  page.evaluate(async () => ({
    local: Object.keys(localStorage),
    session: Object.keys(sessionStorage),
    cookies: document.cookie,
    databases: await indexedDB.databases(),
    private: await Array.fromAsync((await navigator.storage.getDirectory()).keys()),
    history: JSON.stringify(history.state)
  }))

/** That nothing of an image is left, and the sample is back. */
async function assertForgotten({ page, url, errors }, { name, sample }) {
  assert.equal(await said(page), texts.en['status.forgotten'])
  assert.ok(await button(page).isHidden(), 'there is nothing to forget any more')
  assert.deepEqual(await page.evaluate(() => [window.agelens.state, window.agelens.lastResult().source]), ['ready', 'precomputed'])
  assert.equal(await nameShown(page), sample)
  assert.ok(!(await page.locator('#maps').evaluate((maps) => maps.classList.contains('stale'))))
  assert.equal(await page.getByTestId('sample-select').locator('option[value=own]').count(), 0)
  assert.ok(!(await written(page)).includes(name.split('.')[0]), 'the document names it')
  assert.ok(!page.url().includes(name.split('.')[0]) && page.url().startsWith(url))
  assert.equal((await fragmentOf(page)).scan, undefined)
  await until('the engine is gone', () => page.workers().length === 0)
  assert.deepEqual(await page.evaluate(() => [...window.held]), [], 'addresses of blobs are alive')
  const found = await kept(page)
  assert.deepEqual(found, { local: [], session: [], cookies: '', databases: [], private: [], history: found.history })
  assert.ok(!found.history.includes('secret'))
  assert.deepEqual(errors, [])
}

describe('a grey-matter map that was explained', () => {
  let site, page, trace
  before(async () => {
    site = await open(browser, { query: QUERY, script: watch })
    page = site.page
    await chooseSample(page, samples, 1)
    assert.ok(await button(page).isHidden(), 'there is something to forget beside a sample')
    await choose(page, own())
    assert.ok(await button(page).isVisible(), 'as soon as it is open')
    const { volumes } = await explain(page)
    trace = traceOf(volumes.difference)
  })
  after(() => site?.close())

  it('is in the memory of page and viewer before', async () => {
    // All maps, the body too, so that every canvas has had it.
    await showAllMaps(page)
    await chooseMode(page, 'volume')
    await until('the body is drawn', () => page.evaluate(() => window.agelens.state === 'ready'))
    await chooseMode(page, 'side')
    const count = await countOf(page, trace)
    assert.ok(count > 1, `found ${count} times where it must be`)
  })

  it('is gone when it is forgotten, and the sample that was open is back', async () => {
    await page.evaluate(() => {
      window.heard = []
      new MutationObserver(() => window.heard.push(document.getElementById('status').textContent)).observe(document.getElementById('status'), { childList: true, characterData: true, subtree: true })
    })
    await button(page).click()
    await assertForgotten(site, { name: NAME, sample: samples[1].title })
    await page.waitForTimeout(500)
    assert.deepEqual(await page.evaluate(() => window.heard), [texts.en['status.forgotten']], 'is said once')
    assert.ok(await page.evaluate(() => document.activeElement.id === 'maps'), 'the keyboard is lost')
    await until('no buffer holds it', async () => (await countOf(page, trace)) === 0)
  })

  it('can be opened and explained again', async () => {
    await choose(page, own())
    assert.equal((await explain(page)).name, NAME)
    await speak(page, 'ja')
    assert.equal(await button(page).textContent(), texts.ja['bench.forget'])
    await speak(page, 'en')
  })

  it('is forgotten while a sample is looked at, which stays', async () => {
    await chooseSample(page, samples, 0)
    assert.ok(await button(page).isVisible(), 'it is still kept')
    await button(page).click()
    assert.equal(await nameShown(page), samples[0].title)
    assert.equal(await page.getByTestId('sample-select').locator('option[value=own]').count(), 0)
    const maps = await page.locator('.panel[data-map=difference] canvas').screenshot()
    await page.waitForTimeout(300)
    assert.ok(maps.length > 3000, 'the sample is not drawn any more')
  })
})

it('a raw scan is forgotten with its maps, its picture and its links, even in the middle of the work', async (test) => {
  const ours = (path, bytes) =>
    path === `models/${bundleName}/manifest.json` ? Buffer.from(JSON.stringify({ ...manifest(), preparation_version: preparationVersion() })) : bytes
  const site = await open(browser, { query: QUERY, replace: ours, script: watch })
  test.after(site.close)
  const { page } = site
  const first = await nameShown(page)
  await choose(page, own('secret-head_T1w.nii.gz', rawHead()))
  await explain(page)
  assert.equal(await page.getByTestId('preparation-maps').getByRole('link').count(), 5)
  assert.ok((await page.evaluate(() => window.held.size)) > 5, 'the maps are not offered')
  await button(page).click()
  await assertForgotten(site, { name: 'secret-head', sample: first })
  assert.ok(await page.getByTestId('preparation').isHidden())
  const picture = await page.getByTestId('qc-picture').evaluate((canvas) => [canvas.width, canvas.height])
  assert.deepEqual(picture, [1, 1], 'the picture of the preparation')

  await choose(page, own('secret-again_T1w.nii.gz', rawHead()))
  await page.getByTestId('explain-button').click()
  await page.getByTestId('status').filter({ hasText: 'registration' }).waitFor({ timeout: 120_000 })
  await button(page).click()
  await assertForgotten(site, { name: 'secret-again', sample: first })
})

it('a scan as the scanner wrote it is forgotten with all its series', async (test) => {
  const site = await open(browser, { query: QUERY, script: watch })
  test.after(site.close)
  const { page } = site
  const head = scannedHead()
  const [columns, rows] = head.shape
  const localiser = dicomFiles({ ...head, shape: [columns, rows, 3] }, { series: 1, description: 'secret' })
  await page.getByTestId('file-input').setInputFiles([...localiser, ...dicomFiles(head)])
  await page.getByTestId('status').filter({ hasText: 'is open' }).waitFor()
  assert.ok(await page.getByTestId('series-select').isVisible())
  await button(page).click()
  await assertForgotten(site, { name: '3_T1_MPRAGE', sample: (await lastResult(page)).name })
  assert.ok(await page.getByTestId('series-select').isHidden())
  assert.ok(!(await written(page)).includes('secret'))
})

it('the model that was open before is back, too', async (test) => {
  const site = await open(browser, { query: '?backend=cpu&sw=off', script: watch })
  test.after(site.close)
  const { page } = site
  const before = await page.evaluate(() => [window.agelens.lastResult().bundle, window.agelens.lastResult().name])
  await choose(page, own())
  assert.notEqual(await page.getByTestId('bundle-select').inputValue(), before[0], 'no other model was chosen for it')
  await button(page).click()
  await assertForgotten(site, { name: NAME, sample: before[1] })
  assert.equal(await page.getByTestId('bundle-select').inputValue(), before[0])
  assert.ok(await page.getByTestId('notice').isHidden())
})
