// The page can be used by everyone: no serious finding of axe-core, before and after an explanation.

import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { seriousFindings } from './support/access.mjs'
import { bundleName, explain, launch, open } from './support/site.mjs'

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

it('has no serious finding of axe-core', async (test) => {
  const site = await open(browser, { query: `?bundle=${bundleName}&backend=cpu` })
  test.after(site.close)
  assert.deepEqual(await seriousFindings(site.page), [], 'before an explanation')
  await explain(site.page)
  assert.deepEqual(await seriousFindings(site.page), [], 'after an explanation')
})

it('fits a narrow screen', async (test) => {
  const site = await open(browser)
  test.after(site.close)
  await site.page.setViewportSize({ width: 360, height: 740 })
  const overflow = await site.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.ok(overflow <= 0, `${overflow} px too wide`)
})
