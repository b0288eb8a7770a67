// Another browser: Firefox, driven by WebDriver BiDi. It has no WebGPU here, and may have no WebGL: the page computes all
// the same.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, it } from 'node:test'
import puppeteer from 'puppeteer-core'
import { serve } from '../../scripts/serve.mjs'
import { bundleFile, explainNatively, manifest, scratchFolder } from './support/native.mjs'
import { assertSameResult } from './support/parity.mjs'
import { bundleName, dist, EXPLAIN_LIMIT_MS, lastResult } from './support/site.mjs'

const executablePath = [process.env.FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox'].find((path) => path && existsSync(path))

let browser, scratch, site, page
const requests = []
const errors = []
before(async () => {
  assert.ok(executablePath, 'no Firefox: run make test-browser, or set FIREFOX')
  scratch = scratchFolder()
  site = await serve({ directory: dist, prefix: '/some/sub/path/' })
  browser = await puppeteer.launch({ browser: 'firefox', executablePath, headless: true })
  page = await browser.newPage()
  page.on('request', (request) => requests.push({ url: request.url(), method: request.method() }))
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(`${site.url}?bundle=${bundleName}`)
  // Without WebGL the page tells that first.
  await page.waitForFunction(() => window.agelens?.lastResult?.() && window.agelens.state !== 'starting')
})
after(async () => {
  await browser?.close()
  await site?.close()
  scratch?.remove()
})

const text = (id) => page.$eval(`[data-testid=${id}]`, (element) => element.textContent)

it('shows the first case, or says that it cannot draw', async () => {
  const canDraw = await page.evaluate(() => window.agelensViewer.supported)
  const { name, source } = await lastResult(page)
  assert.deepEqual([name, source], [manifest().samples[0].title, 'precomputed'])
  assert.match(await text('probability-before'), /\d/)
  const isTold = await page.$eval('[data-testid=error]', (error) => !error.hidden && error.textContent.includes('WebGL 2'))
  console.log(canDraw ? 'Firefox draws with WebGL 2' : 'Firefox has no WebGL 2 here')
  assert.equal(isTold, !canDraw)
})

it('explains on the CPU as the native program does', async () => {
  const [sample] = manifest().samples
  await page.click('[data-testid=explain-button]')
  await page.waitForFunction(() => window.agelens.state !== 'working', { timeout: EXPLAIN_LIMIT_MS })
  const result = await lastResult(page)
  assert.deepEqual([result.source, result.backend], ['browser', 'cpu'])
  assertSameResult(result, explainNatively(bundleFile(sample.original), scratch.path, sample.direction))
  assert.match(await text('backend-badge'), /CPU/)
})

it('asks no other host, sends nothing, and breaks nothing', () => {
  const { origin } = new URL(site.url)
  assert.ok(requests.length > 10)
  assert.deepEqual(requests.filter(({ url, method }) => method !== 'GET' || !(url.startsWith(origin) || /^(blob|data):/.test(url))), [])
  assert.deepEqual(errors, [])
})
