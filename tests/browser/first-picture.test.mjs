// What a visitor sees first: a precomputed case, soon, and nothing asked of any other host.

import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { launch, open } from './support/site.mjs'

const FIRST_PICTURE_LIMIT_MS = 2000

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

it('shows a precomputed case within 2 s of loading, and asks no other host', async (test) => {
  const site = await open(browser)
  test.after(site.close)
  const { page } = site
  assert.match(await page.getByTestId('verdict').textContent(), /^The model judges this brain young .*; translated to old age, it is judged old\.$/)
  assert.ok(await page.getByTestId('dial').isVisible(), 'no dial to drag')
  // A whole brain: three planes.
  const planes = await page.locator('.panel[data-map=difference] .edge').evaluateAll((letters) => letters.map(({ dataset }) => dataset.plane))
  assert.equal(new Set(planes).size, 3)
  assert.equal(await page.evaluate(() => window.agelens.lastResult().source), 'precomputed')
  assert.ok(await page.locator('.panel[data-map=difference] canvas').first().isVisible())

  // A second visit, without the pauses of a test, measures from the load event until the maps are drawn.
  await page.reload({ waitUntil: 'commit' })
  const shownAfterLoadMs = await page.evaluate(async () => {
    while (window.agelens?.state !== 'ready') await new Promise((next) => setTimeout(next, 10))
    return performance.now() - performance.getEntriesByType('navigation')[0].loadEventEnd
  })
  assert.ok(shownAfterLoadMs <= FIRST_PICTURE_LIMIT_MS, `shown after ${Math.round(shownAfterLoadMs)} ms`)
  await page.waitForLoadState('networkidle')
  assert.deepEqual(site.offOrigin(), [])
  assert.deepEqual(site.errors, [])
})
