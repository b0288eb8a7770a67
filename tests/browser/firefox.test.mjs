// Another browser: Firefox, driven by WebDriver BiDi. It draws with other software, and computes on the CPU.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { PNG } from 'pngjs'
import puppeteer from 'puppeteer-core'
import { startSiteAndDisplay } from './support/display.mjs'
import { bundleFile, explainNatively, manifest } from './support/native.mjs'
import { assertSameResult } from './support/parity.mjs'
import { lit } from './support/pictures.mjs'
import { bundleName, EXPLAIN_LIMIT_MS, lastResult, until } from './support/site.mjs'

const executablePath = [process.env.FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox'].find((path) => path && existsSync(path))
const [sample] = manifest().samples
const PROBE = /Content-Security-Policy.*connect-src.* data:/

let site, display, scratch, close
before(async () => {
  assert.ok(executablePath, 'no Firefox: run make test-browser, or set FIREFOX')
  ;({ site, display, scratch, close } = await startSiteAndDisplay())
})
after(() => close?.())

for (const [what, hasWebGl] of [
  ['with WebGL', true],
  ['without WebGL', false]
]) {
  describe(`Firefox ${what}`, () => {
    const requests = []
    const errors = []
    let browser, page
    before(async () => {
      // Firefox would not draw by software of itself.
      const extraPrefsFirefox = hasWebGl ? { 'webgl.force-enabled': true } : { 'webgl.disabled': true }
      const env = { ...process.env, DISPLAY: display.name }
      browser = await puppeteer.launch({ browser: 'firefox', executablePath, headless: !hasWebGl, env, extraPrefsFirefox })
      page = await browser.newPage()
      page.on('request', (request) => requests.push({ url: request.url(), method: request.method() }))
      page.on('pageerror', (error) => errors.push(error.message))
      await page.goto(`${site.url}?bundle=${bundleName}#v=1&lang=en`)
      await page.waitForFunction(() => window.agelens?.lastResult?.() && window.agelens.state === 'ready')
    })
    after(() => browser?.close())

    const text = (id) => page.$eval(`[data-testid=${id}]`, (element) => element.textContent)

    it('shows the first case', async () => {
      const { name, source } = await lastResult(page)
      assert.deepEqual([name, source], [sample.title, 'precomputed'])
      assert.match(await text('probability-before'), /\d/)
      assert.equal(await page.evaluate(() => window.agelensViewer.flat), !hasWebGl)
      assert.equal(await text('error'), '')
      const screens = await page.$$('.panel:not([hidden]) .screen')
      // Original, translated, difference; the others on demand.
      assert.equal(screens.length, 3)
      for (const screen of screens) await until('a map is drawn', async () => lit(PNG.sync.read(Buffer.from(await screen.screenshot()))) > 0.1)
    })

    it('explains on the CPU as the native program does', async () => {
      // Waits until it can be pressed and no longer moves.
      await page.locator('[data-testid=explain-button]').click()
      await page.waitForFunction(() => window.agelens.state === 'working' || window.agelens.lastResult().source === 'browser')
      await page.waitForFunction(() => window.agelens.state !== 'working', { timeout: EXPLAIN_LIMIT_MS })
      const result = await lastResult(page)
      assert.deepEqual([result.source, result.backend], ['browser', 'cpu'])
      assertSameResult(result, explainNatively(bundleFile(sample.original), scratch.path, sample.direction))
      assert.match(await text('backend-badge'), /CPU/)
    })

    it('asks no other host, may send nothing, and breaks nothing', async () => {
      const { origin } = new URL(site.url)
      assert.ok(requests.length > 10)
      assert.deepEqual(requests.filter(({ url, method }) => method !== 'GET' || !(url.startsWith(origin) || /^(blob|data):/.test(url))), [])
      // Page and engine try whether the browser refuses; it says so in its console.
      const [tried, others] = [errors.filter((text) => PROBE.test(text)), errors.filter((text) => !PROBE.test(text))]
      assert.deepEqual([tried.length, others], [2, []])
      assert.equal(await page.$eval('[data-testid=upload-badge]', (badge) => badge.dataset.state), 'enforced')
    })
  })
}
