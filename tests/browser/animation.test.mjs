// An animation of the age dial: a GIF of all ages there and back, how far it is, and what ends it.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { PNG } from 'pngjs'
import { readGif } from './support/gif.mjs'
import { texts } from './support/languages.mjs'
import { bundleFile, manifest } from './support/native.mjs'
import { coloursIn, differing, part } from './support/pictures.mjs'
import { choose, explain, EXPLAIN_LIMIT_MS, lastResult, launch, open, until } from './support/site.mjs'

const BUNDLE = 'phantom'
const LIMIT_BYTES = 4_000_000
const { samples, dial_years: [youngest, oldest] } = manifest(BUNDLE)
// Those that were computed beforehand.
const AGES = samples[0].stops.length

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

async function begin(page) {
  await page.locator('#exports summary').click()
  await page.getByTestId('export-gif').click()
}

/** Notes all that the line of the status says from now on, and the bar's values. */
const listenIn = (page) =>
  page.evaluate(() => {
    const [status, bar] = ['status', 'progress'].map((id) => document.getElementById(id))
    window.said = []
    new MutationObserver(() => window.said.push({ text: status.textContent, value: bar.value })).observe(status, { childList: true, characterData: true, subtree: true })
  })

/** Some frames of a GIF as the browser draws them. */
async function framesOf(page, bytes, wanted) {
  const found = await page.evaluate(
    async ([text, wanted]) => {
      const decoder = new ImageDecoder({ data: Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)), type: 'image/gif' })
      const frames = []
      for (const frameIndex of wanted) {
        const { image } = await decoder.decode({ frameIndex })
        const canvas = new OffscreenCanvas(image.displayWidth, image.displayHeight)
        const context = canvas.getContext('2d')
        context.drawImage(image, 0, 0)
        const png = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())
        frames.push(Array.from(png, (byte) => String.fromCharCode(byte)).join(''))
      }
      return frames
    },
    [bytes.toString('base64'), wanted]
  )
  return found.map((png) => PNG.sync.read(Buffer.from(png, 'latin1')))
}

const isReady = (page) => page.evaluate(() => window.agelens.state === 'ready')

describe('an animation of the dial', () => {
  let site, page
  before(async () => {
    site = await open(browser, { query: `?bundle=${BUNDLE}&backend=cpu&sw=off`, profile: { viewport: { width: 1280, height: 800 } } })
    page = site.page
  })
  after(() => site?.close())

  it('is a looped GIF of all ages there and back, and the page then shows what it showed', async () => {
    const shown = await lastResult(page)
    await listenIn(page)
    const coming = page.waitForEvent('download', { timeout: EXPLAIN_LIMIT_MS })
    await begin(page)
    const found = await coming
    assert.equal(found.suggestedFilename(), `agelens_${samples[0].title.replaceAll(/[^\w.-]+/g, '-')}_ages.gif`)
    const bytes = readFileSync(await found.path())
    assert.ok(bytes.length <= LIMIT_BYTES, `${bytes.length} bytes`)
    const { width, height, isLooped, frames } = readGif(bytes)
    assert.ok(isLooped)
    assert.equal(frames.length, 2 * AGES - 2)
    assert.ok(frames.every((frame) => frame.width === width && frame.height === height))
    assert.ok(frames[0].delay > frames[1].delay && frames[AGES - 1].delay === frames[0].delay)
    assert.ok(width > 500 && width < 800 && height > 300, `${width} × ${height}`)
    console.log(`animation: ${width} × ${height}, ${frames.length} frames, ${(bytes.length / 1e6).toFixed(2)} MB`)

    const said = await page.evaluate(() => window.said)
    const words = (done) => texts.en['status.animation'].replace('{done}', done).replace('{count}', AGES)
    const places = Array.from({ length: AGES }, (_, done) => said.findIndex(({ text }) => text === words(done)))
    assert.ok(places.every((place, index) => place >= 0 && place > (places[index - 1] ?? -1)), said.map(({ text }) => text).join(' | '))
    assert.ok(Math.abs(said[places[9]].value - 9 / AGES) < 1e-6)
    await page.getByTestId('status').filter({ hasText: found.suggestedFilename() }).waitFor()

    const again = await lastResult(page)
    assert.deepEqual([again.name, again.targetYears, again.volumes], [shown.name, shown.targetYears, shown.volumes])
    assert.ok(await page.locator('#cancel').isHidden())
    assert.deepEqual(site.errors, [])

    // As a browser draws it: the original stays, its translation and the difference do not.
    const [youngestFrame, middleFrame, oldestFrame] = await framesOf(page, bytes, [0, 7, AGES - 1])
    const ROWS = { top: 0.3, bottom: 0.7 }
    const thirds = [0, 1, 2].map((third) => ({ ...ROWS, left: third / 3 + 0.03, right: (third + 1) / 3 - 0.03 }))
    const moved = thirds.map((third) => differing(part(youngestFrame, third), part(oldestFrame, third)))
    assert.ok(moved[0] === 0 && moved[1] > 0.02 && moved[2] > 0.1, `changed: ${moved}`)
    assert.ok(differing(part(middleFrame, thirds[2]), part(oldestFrame, thirds[2])) > 0.02)
    assert.ok(coloursIn(oldestFrame) > 60, `${coloursIn(oldestFrame)} colours`)
  })

  it('shows the same maps at all ages where all are shown', async () => {
    await page.getByTestId('all-maps').check()
    assert.ok(await page.getByTestId('panel-truth').isVisible())
    const coming = page.waitForEvent('download', { timeout: EXPLAIN_LIMIT_MS })
    await begin(page)
    const { frames, width, height } = readGif(readFileSync(await (await coming).path()))
    assert.equal(frames.length, 2 * AGES - 2)
    assert.ok(frames.every((frame) => frame.width === width && frame.height === height))
    await until('the truth is back', () => page.getByTestId('panel-truth').isVisible())
    await page.getByTestId('all-maps').uncheck()
    assert.deepEqual(site.errors, [])
  })

  it('is cancelled at once, and nothing is saved', async () => {
    const shown = await lastResult(page)
    let count = 0
    page.on('download', () => (count += 1))
    await listenIn(page)
    await begin(page)
    await until('two ages are drawn', () => page.evaluate(() => window.said.length > 2))
    await page.locator('#cancel').click()
    await until('it rests', () => isReady(page))
    await until('the page shows what it showed', async () => (await lastResult(page)).targetYears === shown.targetYears)
    assert.ok(await page.locator('#progress').isHidden())
    assert.ok(await page.getByTestId('export-gif').isEnabled())
    assert.equal(count, 0)
    assert.deepEqual(site.errors, [])
  })

  it('ends where the visitor turns the dial', async () => {
    await listenIn(page)
    await begin(page)
    await until('it has begun', () => page.evaluate(() => window.said.length > 1))
    await page.getByTestId('dial-age').fill('47')
    await until('47 years are shown', () => page.evaluate(() => window.agelens.lastResult().targetYears === 47 && window.agelens.state === 'ready'))
    assert.ok(47 > youngest && 47 < oldest)
    // An age of an animation that goes on would come next.
    await new Promise((next) => setTimeout(next, 1000))
    assert.equal((await lastResult(page)).targetYears, 47)
    assert.ok(await page.locator('#progress').isHidden())
    assert.deepEqual(site.errors, [])
  })
})

it('of a visitor’s scan that is forgotten meanwhile ends, and nothing of the scan comes back', async (test) => {
  const site = await open(browser, { query: `?bundle=${BUNDLE}&backend=cpu&sw=off` })
  test.after(site.close)
  const { page } = site
  const before = await lastResult(page)
  await choose(page, { name: 'my-own-head.nii.gz', mimeType: 'application/gzip', buffer: readFileSync(bundleFile(samples[1].original, BUNDLE)) })
  await explain(page)
  let count = 0
  page.on('download', () => (count += 1))
  await listenIn(page)
  await begin(page)
  await until('two ages are drawn', () => page.evaluate(() => window.said.length > 2))
  await page.getByTestId('forget-button').click()
  await until('the sample is shown', async () => (await lastResult(page)).name === before.name && (await isReady(page)))
  // A picture of it that is still to come would come now.
  await new Promise((next) => setTimeout(next, 1000))
  const found = await lastResult(page)
  assert.deepEqual([found.name, found.targetYears], [before.name, before.targetYears])
  assert.equal(await page.locator('#sample option[value=own]').count(), 0)
  assert.deepEqual([count, site.uploads, site.errors], [0, [], []])
})

it('a model without a dial offers none', async (test) => {
  const site = await open(browser, { query: '?bundle=phantom-small&sw=off' })
  test.after(site.close)
  await site.page.locator('#exports summary').click()
  assert.ok(await site.page.locator('[data-export=png]').isVisible())
  assert.ok(await site.page.getByTestId('export-gif').isHidden())
})
