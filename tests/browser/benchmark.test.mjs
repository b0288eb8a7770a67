// What benches/browser times speaks the worker's language: otherwise it would wait for an answer for ever.

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { serve } from '../../benches/browser/server.mjs'
import { manifest } from './support/native.mjs'
import { bundleName, dist, launch } from './support/site.mjs'

it('times rounds of the page’s worker on the CPU', async () => {
  const page_files = fileURLToPath(new URL('../../benches/browser/page', import.meta.url))
  const { url, close } = await serve({ '/site/': dist, '/': page_files })
  const browser = await launch()
  try {
    const page = await browser.newPage()
    await page.goto(`${url}/bench.html`)
    await page.waitForFunction(() => window.bench)
    const loader = readdirSync(dist).find((name) => name.endsWith('_loader.js'))
    const bundle = `${url}/site/models/${bundleName}/`
    const { files } = manifest()
    const options = { worker: `${url}/site/${loader}`, bundle, image: bundle + files.reference_input.path, backend: 'cpu' }
    const first = await page.evaluate((options) => window.bench.start('AgeLens', 'ours', options), options)
    const second = await page.evaluate(() => window.bench.round('AgeLens'))
    for (const { seconds, difference } of [first, second]) {
      assert.ok(seconds > 0 && difference < 1e-3, `${seconds} s, ${difference}`)
    }
  } finally {
    await browser.close()
    await close()
  }
})
