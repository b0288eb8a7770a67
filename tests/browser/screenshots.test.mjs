// The page looks as it did. After a wanted change: UPDATE_SCREENSHOTS=1 node --test screenshots.test.mjs, look at the new
// pictures in screenshots/, and commit them.
//
// Fonts and drivers differ between computers, so a share of the pixels may differ; a part of the page that moved or is
// gone differs more.

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import pixelmatch from 'pixelmatch'
import { PNG } from 'pngjs'
import { untilNamed } from './support/looking.mjs'
import { launch, open, until } from './support/site.mjs'

const folder = join(dirname(fileURLToPath(import.meta.url)), 'screenshots')
const isUpdate = Boolean(process.env.UPDATE_SCREENSHOTS)
const DIFFERING_SHARE = 0.02
/** Distance of two colours, of 1 for black and white, that is none: edges of letters. */
const SAME_COLOUR = 0.2
const LIMIT_BYTES = 300_000

const CASES = [
  { name: 'first-view', query: '#v=1&lang=en', width: 1440, height: 900, colorScheme: 'light' },
  { name: 'side-by-side', query: '?bundle=oasis1-slab#v=1&at=-30,12,12', width: 1440, height: 900, colorScheme: 'light' },
  { name: 'phantom-dark', query: '?bundle=phantom-small#v=1&at=-30,10,12&lang=ja', width: 1024, height: 900, colorScheme: 'dark' },
  { name: 'narrow', query: '?bundle=oasis1-slab#v=1&at=-30,12,12', width: 360, height: 740, colorScheme: 'light', from: '.viewing' },
  { name: 'compare', query: '?bundle=oasis1-slab#v=1&at=-30,12,12&mode=compare&wipe=0.5', width: 1200, height: 800, colorScheme: 'light', from: '.viewing' }
]

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

/** With 16 steps a channel, which nobody sees and which halves the file. */
function small(png) {
  const { width, height, data } = PNG.sync.read(png)
  const steps = Buffer.from(data.map((value) => (value & 0xf0) | 8))
  return PNG.sync.write({ width, height, data: steps }, { colorType: 2, inputHasAlpha: true, deflateLevel: 9 })
}

/** The window as soon as it does not change any more. */
async function settled(page) {
  let before, now
  await until('the page stands still', async () => {
    ;[before, now] = [now, await page.screenshot({ animations: 'disabled' })]
    return before?.equals(now)
  })
  return now
}

for (const { name, query, width, height, colorScheme, from } of CASES) {
  it(`${name}: as in screenshots/${name}.png`, async (test) => {
    const site = await open(browser, { query, profile: { colorScheme, viewport: { width, height }, deviceScaleFactor: 1 } })
    test.after(site.close)
    await untilNamed(site.page)
    // It comes by itself, early or late, and moves what follows.
    await site.page.locator('[data-offline=ready]').evaluate((badge) => (badge.style.display = 'none'))
    if (from) await site.page.locator(from).evaluate((element) => element.scrollIntoView())
    const bytes = await settled(site.page)
    const path = join(folder, `${name}.png`)
    if (isUpdate) {
      mkdirSync(folder, { recursive: true })
      writeFileSync(path, small(bytes))
    }
    assert.ok(existsSync(path), `${path} is missing; make it with UPDATE_SCREENSHOTS=1`)
    const reference = readFileSync(path)
    assert.ok(reference.length <= LIMIT_BYTES, `${path} has ${reference.length} bytes`)
    const [was, is] = [reference, bytes].map((png) => PNG.sync.read(png))
    assert.deepEqual([is.width, is.height], [was.width, was.height])
    const difference = new PNG({ width, height })
    const share = pixelmatch(was.data, is.data, difference.data, width, height, { threshold: SAME_COLOUR }) / (width * height)
    if (share > DIFFERING_SHARE) {
      const [now, where] = ['now', 'difference'].map((what) => join(tmpdir(), `agelens-${name}-${what}.png`))
      writeFileSync(now, bytes)
      writeFileSync(where, PNG.sync.write(difference))
      assert.fail(`${(100 * share).toFixed(1)} % of the pixels differ; see ${now} and ${where}`)
    }
  })
}
