// The age dial: what it is turned to is what is computed, shown, said and linked to.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { bundleFile, explainNatively, manifest, scratchFolder } from './support/native.mjs'
import { readVolume } from './support/nifti.mjs'
import { assertSameResult } from './support/parity.mjs'
import { lastResult, launch, open, until, untilShown } from './support/site.mjs'

const BUNDLE = 'phantom'
const query = `?bundle=${BUNDLE}&backend=cpu&sw=off`
const { data, samples, dial_years: [youngest, oldest] } = manifest(BUNDLE)
const [sample] = samples

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

/** Where the dial was stopped beforehand, nearest to an age. */
const nearestStop = (years) => sample.stops.reduce((best, stop) => (Math.abs(stop.years - years) < Math.abs(best.years - years) ? stop : best))

/** As a visitor drags it and lets it go. */
const turn = (page, years) => page.getByTestId('dial-age').fill(String(years))

/** Waits until the map of this age is shown, and nothing more is computed. */
const untilTurned = (page, years) =>
  until(`${years} years are shown`, () =>
    page.evaluate((years) => window.agelens.lastResult().targetYears === years && window.agelens.state === 'ready', years)
  )

/** Mean |difference| of a result. */
const sizeOf = ({ volumes }) => {
  const { values } = readVolume(volumes.difference)
  return values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length
}

describe('the age dial', () => {
  let site, page, folder
  before(async () => {
    folder = scratchFolder()
    site = await open(browser, { query })
    page = site.page
  })
  after(async () => {
    await site?.close()
    folder?.remove()
  })

  it('stands at the age that the image looks, within the ages learned from', async () => {
    const dial = page.getByTestId('dial-age')
    assert.ok(await dial.isVisible())
    const found = await dial.evaluate(({ min, max, value }) => [min, max, value].map(Number))
    assert.deepEqual(found, [Math.ceil(youngest), Math.floor(oldest), Math.round(sample.age.years)])
    // What is shown at first is no age but the other group's mean.
    assert.match(await page.locator('#dial-hint').textContent(), /full translation to the other group/)
    const group = sample.direction === 'young_to_old' ? 'old' : 'young'
    assert.equal(await page.getByTestId('dial-years').textContent(), `typical of the ${group} group`)
  })

  it('shows ages computed beforehand while it is dragged, at once and without an engine', async () => {
    const engines = site.requests.filter((url) => url.includes('worker')).length
    const seen = []
    for (const years of [28, 46, 63, 80]) {
      const { years: near, truth } = nearestStop(years)
      const took_ms = await page.getByTestId('dial-age').evaluate(
        async (dial, [years, near]) => {
          const begun = performance.now()
          dial.valueAsNumber = years
          dial.dispatchEvent(new Event('input', { bubbles: true }))
          while (window.agelens.lastResult().targetYears !== near) await new Promise(requestAnimationFrame)
          await new Promise(requestAnimationFrame)
          return performance.now() - begun
        },
        [years, near]
      )
      const { source, targetYears } = await lastResult(page)
      assert.deepEqual([source, targetYears], ['precomputed', near])
      assert.equal(await page.locator('#translated-title').textContent(), `Translated to ${near} years`)
      // Where the dial stands is said beside it.
      assert.equal(await page.getByTestId('dial-years').textContent(), `${years} years`)
      await page.locator('#all-maps').check({ force: true })
      assert.equal(await page.getByTestId('panel-truth').isVisible(), truth !== undefined, `truth at ${near} years`)
      seen.push(`${near} in ${took_ms.toFixed(0)} ms`)
    }
    console.log(`dial: ${seen.join(', ')}`)
    assert.ok(seen.some((text) => nearestStop(Number.parseInt(text)).truth), 'no truth at any age')
    assert.equal(site.requests.filter((url) => url.includes('worker')).length, engines, 'an engine was fetched')
  })

  /** Turns the dial: the result comes from there, and is what the native program makes of that age. */
  async function asNative(years, source) {
    await turn(page, years)
    await untilTurned(page, years)
    const found = await lastResult(page)
    assert.equal(found.source, source)
    const native = explainNatively(bundleFile(sample.original, BUNDLE), folder.path, years, BUNDLE)
    assertSameResult(found, native, data.value_step)
    return found
  }

  it('a stop is what the native program makes of the same age', async () => {
    await asNative(80, 'precomputed')
  })

  it('let go between two of them shows what the native program makes of the same age', async () => {
    const found = await asNative(78, 'browser')
    assert.ok(sizeOf(found) > 0.005, 'nothing changed')
    assert.equal(found.direction, 'young_to_old')
    assert.match(await page.locator('#dial-hint').textContent(), new RegExp(`looks ${Math.round(sample.age.years)} years`))
    assert.equal(await page.locator('#translated-title').textContent(), 'Translated to 78 years')
    assert.match(await page.locator('#verdict-detail').textContent(), /Translated to 78 years\./)
  })

  it('changes more the further it is turned, and nothing at the own age', async () => {
    const sizes = []
    for (const years of [Math.round(sample.age.years), 50, 65, 80]) {
      await turn(page, years)
      await untilTurned(page, years)
      sizes.push(sizeOf(await lastResult(page)))
    }
    assert.ok(sizes[0] < 0.004, `at the own age ${sizes[0]}`)
    assert.ok(sizes.every((size, index) => index === 0 || size >= sizes[index - 1]) && sizes[3] > 2 * sizes[0], sizes.join(', '))
  })

  it('dragged fast ends where it was let go', async () => {
    for (const years of [30, 41, 52, 63, 74, 77]) await turn(page, years)
    await untilTurned(page, 77)
    assert.equal(await page.getByTestId('dial-years').textContent(), '77 years')
    assert.deepEqual(site.errors, [])
  })

  it('is in the link, which another computes anew', async () => {
    await until('the address follows', () => page.evaluate(() => location.hash.includes('computed=77')))
    const other = await open(browser, { query: `${query}${new URL(page.url()).hash}` })
    await untilShown(other.page)
    await untilTurned(other.page, 77)
    assert.equal(await other.page.getByTestId('dial-years').textContent(), '77 years')
    await other.close()
  })

  it('is in a link that is opened while another age is computed, and within what the model knows', async () => {
    for (const [asked, shown] of [['77', 77], ['3', Math.ceil(youngest)], ['120', Math.floor(oldest)]]) {
      await turn(page, 71)
      await until('it computes', () => page.evaluate(() => window.agelens.state === 'working' || window.agelens.lastResult().targetYears === 71))
      await page.evaluate(([bundle, id, asked]) => (location.hash = `v=1&bundle=${bundle}&sample=${id}&computed=${asked}`), [BUNDLE, sample.id, asked])
      await untilTurned(page, shown)
      assert.equal(await page.getByTestId('dial-years').textContent(), `${shown} years`)
      await until('the address follows', () => page.evaluate((shown) => location.hash.includes(`computed=${shown}&`) || location.hash.endsWith(`computed=${shown}`), shown))
    }
    assert.deepEqual(site.errors, [])
  })

  it('lets go where a direction is chosen', async () => {
    await page.locator('input[name=direction][value=young_to_old]').check({ force: true })
    await page.getByTestId('explain-button').click()
    await until('the group is shown', () =>
      page.evaluate(() => window.agelens.lastResult().targetYears === null && window.agelens.state === 'ready')
    )
    assert.match(await page.locator('#translated-title').textContent(), /young → old/)
  })
})

it('a model without a dial shows none', async (test) => {
  const site = await open(browser, { query: '?bundle=phantom-small&sw=off' })
  test.after(site.close)
  assert.equal(await site.page.getByTestId('dial').isVisible(), false)
})
