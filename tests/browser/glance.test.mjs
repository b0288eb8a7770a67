// A visitor's own image is seen as soon as it is read, before a model is there and before anything is computed, under a name of its
// own; and never beside what belongs to another image.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { seriousFindings } from './support/access.mjs'
import { croppedHead, rawHead } from './support/head.mjs'
import { chooseSample, speak } from './support/looking.mjs'
import { bundleFile, manifest, preparationVersion } from './support/native.mjs'
import { bundleName, choose, explain, launch, open, pressExplain, until } from './support/site.mjs'
import { texts } from './support/languages.mjs'

const QUERY = `?bundle=${bundleName}&backend=cpu&sw=off`
const { samples } = manifest()
const file = (name, buffer) => ({ name, mimeType: 'application/gzip', buffer })
/** The bundle as one that learned from maps as this page makes them. */
const ours = (path, bytes) =>
  path === `models/${bundleName}/manifest.json` ? Buffer.from(JSON.stringify({ ...manifest(), preparation_version: preparationVersion() })) : bytes

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

const glance = (page) => page.getByTestId('glance')
const isSeen = (page, selector) => page.locator(selector).evaluate((element) => element.checkVisibility())
/** What is not of the visitor's image, as long as that is not explained. */
const OTHERS = ['#maps', '#readout', '#findings', '#outcome']
const pictures = (page) =>
  page.locator('#glance-slices canvas').evaluateAll((canvases) =>
    canvases.map((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      return { size: [canvas.width, canvas.height], greys: new Set(data.filter((_, index) => index % 4 === 0)).size }
    })
  )
const letters = (page) => page.locator('#glance .edge').allTextContents()

async function assertGlance(page, title) {
  assert.ok(await glance(page).isVisible())
  assert.equal(await page.getByTestId('glance-title').textContent(), title)
  for (const selector of OTHERS) assert.ok(!(await isSeen(page, selector)), `${selector} is seen beside it`)
  for (const { size, greys } of await pictures(page)) assert.ok(Math.min(...size) > 50 && greys > 20, `${size}: ${greys} greys`)
}

async function assertMaps(page) {
  assert.ok(await glance(page).isHidden())
  for (const selector of OTHERS) assert.ok(await isSeen(page, selector), `${selector} is not seen`)
}

describe('a raw T1 image', () => {
  let site, page
  before(async () => {
    site = await open(browser, { query: QUERY, replace: ours })
    page = site.page
  })
  after(() => site?.close())

  it('is seen before the model is there, and while it is said how far the work is', async () => {
    let release
    const isReleased = new Promise((done) => (release = done))
    await page.route((url) => url.pathname.endsWith('.safetensors'), async (route) => {
      await isReleased
      await route.continue()
    })
    await choose(page, file('head_T1w.nii.gz', rawHead()))
    assert.ok(await glance(page).isHidden(), 'nothing was read yet')
    await page.getByTestId('explain-button').click()
    await glance(page).waitFor()
    await assertGlance(page, texts.en['glance.scan'])
    assert.ok(await page.getByTestId('cancel-button').isVisible())
    assert.ok(await page.locator('#progress').isVisible())
    assert.equal(await page.evaluate(() => window.agelens.state), 'working')
    assert.ok((await page.getByTestId('verdict').textContent()).includes('head_T1w.nii.gz'))
    assert.deepEqual(await seriousFindings(page), [])
    release()
  })

  it('has letters that follow the convention', async () => {
    assert.deepEqual(await letters(page), ['L', 'R', 'A', 'P', 'L', 'R', 'S', 'I', 'P', 'A', 'S', 'I'])
    const flip = (on) => page.evaluate((on) => document.getElementById('radiological').checked !== on && document.getElementById('radiological').click(), on)
    await flip(true)
    assert.deepEqual(await letters(page), ['R', 'L', 'A', 'P', 'R', 'L', 'S', 'I', 'P', 'A', 'S', 'I'])
    const turned = await page.locator('#glance-slices canvas').evaluateAll((all) => all.map((canvas) => getComputedStyle(canvas).transform.startsWith('matrix(-1')))
    assert.deepEqual(turned, [true, true, false])
    await flip(false)
  })

  it('stays where the work is cancelled, in any language, and goes with a sample', async () => {
    await page.getByTestId('cancel-button').click()
    await until('it is cancelled', () => page.evaluate(() => window.agelens.state === 'ready'))
    await assertGlance(page, texts.en['glance.scan'])
    await speak(page, 'ja')
    assert.equal(await page.getByTestId('glance-title').textContent(), texts.ja['glance.scan'])
    await speak(page, 'en')
    await chooseSample(page, samples, 1)
    await assertMaps(page)
    await page.getByTestId('sample-select').selectOption('own')
    await glance(page).waitFor()
    await assertGlance(page, texts.en['glance.scan'])
  })

  it('is replaced by its maps', async () => {
    assert.equal((await explain(page)).name, 'head_T1w.nii.gz')
    await assertMaps(page)
    assert.ok(!(await page.locator('#maps').evaluate((maps) => maps.classList.contains('stale'))))
    assert.deepEqual((await pictures(page)).map(({ size }) => size), [[1, 1], [1, 1], [1, 1]], 'it is kept without need')
  })

  it('stays where it cannot be prepared, and goes when it is forgotten', async () => {
    await choose(page, file('cropped.nii.gz', croppedHead()))
    assert.match(await pressExplain(page), /quality control/)
    await assertGlance(page, texts.en['glance.scan'])
    await page.setViewportSize({ width: 360, height: 740 })
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    assert.ok(overflow <= 0, `${overflow} px too wide`)
    await page.getByTestId('forget-button').click()
    await assertMaps(page)
    assert.deepEqual((await pictures(page)).map(({ size }) => size), [[1, 1], [1, 1], [1, 1]])
    assert.deepEqual(site.errors, [])
  })
})

it('a grey-matter map is called one', async (test) => {
  const site = await open(browser, { query: QUERY })
  test.after(site.close)
  const { page } = site
  await page.evaluate(() => {
    window.seen = []
    const title = document.getElementById('glance-title')
    new MutationObserver(() => window.seen.push(title.textContent)).observe(title, { childList: true, subtree: true })
  })
  await choose(page, file('mine.nii.gz', readFileSync(bundleFile(samples[0].original))))
  await explain(page)
  assert.deepEqual(await page.evaluate(() => window.seen), [texts.en['glance.map'], ''])
  assert.ok((await page.getByTestId('provenance').textContent()).startsWith(texts.en['provenance.map']))
  // Another age or direction of an image that is explained: its maps are seen already.
  await page.locator('input[name=direction][value=old_to_young]').check({ force: true })
  await explain(page)
  assert.equal(await page.evaluate(() => window.seen.length), 2)
  assert.deepEqual(site.errors, [])
})
