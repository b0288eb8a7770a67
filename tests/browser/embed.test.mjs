// The page in a frame of another site's page: what is there and what is not, the way out, and the code that puts it there.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { seriousFindings } from './support/access.mjs'
import { codes, texts } from './support/languages.mjs'
import { fragmentOf, speak, untilAddress } from './support/looking.mjs'
import { bundleFile, manifest } from './support/native.mjs'
import { bundleName, choose, lastResult, launch, open, until, untilShown } from './support/site.mjs'

const PROFILE = { permissions: ['clipboard-read', 'clipboard-write'] }
const SMALLEST = { width: 320, height: 400 }
const { samples } = manifest()
const [sample] = samples
/** What a page of its own has besides. */
const LEFT_OUT = ['.masthead', 'footer', '#bundle', '#bundle-folder', '#sample', '#file', '#folder', '#share', '#share-qr', '#embed-copy', '#exports', '.modes', '#outcome', '.console', '#findings', '#preparation', '.skip']
/** Of a lesson, what leads on or away. */
const LEFT_OUT_OF_LESSONS = ['.close-lesson', '.lesson-list', '.for-teachers', '.lesson-end .tool', '.lesson [data-do=share]', '.lesson [data-do=qr]']

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

const isSeen = (page, selector) => page.locator(selector).evaluateAll((all) => all.some((element) => element.checkVisibility()))

async function assertSeen(page, there, leftOut) {
  for (const selector of there) assert.ok(await isSeen(page, selector), `${selector} is not seen`)
  for (const selector of leftOut) {
    assert.ok((await page.locator(selector).count()) > 0, `there is no ${selector}`)
    assert.ok(!(await isSeen(page, selector)), `${selector} is seen`)
  }
}

/** Copies the code by its button; resolves to the frame's attributes, as a browser reads them. */
async function copyCode(page) {
  await page.evaluate(() => navigator.clipboard.writeText(''))
  await page.getByTestId('embed-copy').click()
  await until('the code is copied', () => page.evaluate(async () => (await navigator.clipboard.readText()) !== ''))
  return page.evaluate(async () => {
    const code = await navigator.clipboard.readText()
    const { body } = new DOMParser().parseFromString(code, 'text/html')
    const [frame] = body.children
    return { code, count: body.children.length, tag: frame.tagName, src: frame.getAttribute('src'), title: frame.title }
  })
}

describe('the page in a frame', () => {
  let site, host, frame, attributes
  before(async () => {
    site = await open(browser, { query: `?bundle=${bundleName}&backend=cpu&sw=off`, profile: PROFILE })
    attributes = await copyCode(site.page)
    // A page of no site at all: to it the frame is another's.
    host = await site.context.newPage()
    await host.setContent(`<!doctype html><title>A course</title><body>${attributes.code}</body>`)
    frame = await (await host.locator('iframe').elementHandle()).contentFrame()
    await untilShown(frame)
  })
  after(() => site?.close())

  it('is put there by code that names it, and its view', () => {
    const { count, tag, src, title } = attributes
    assert.deepEqual([count, tag, title], [1, 'IFRAME', texts.en['embed.title']])
    const link = Object.fromEntries(new URLSearchParams(new URL(src).hash.slice(1)))
    assert.deepEqual([link.v, link.embed, link.bundle, link.sample], ['1', '1', bundleName, sample.id])
  })

  it('has maps, sentence, direction and caution, and nothing else', async () => {
    assert.equal((await lastResult(frame)).name, sample.title)
    const maps = ['original', 'translated', 'difference'].map((map) => `[data-map=${map}] canvas`)
    await assertSeen(frame, [...maps, '#verdict-title', 'input[name=direction]', '#explain', '#embed-foot strong', '#embed-out'], LEFT_OUT)
    assert.equal(await frame.locator('#embed-foot strong').textContent(), texts.en['badge.caution'])
    const box = await host.locator('iframe').boundingBox()
    const foot = await frame.getByTestId('embed-foot').boundingBox()
    assert.ok(foot.y + foot.height <= box.y + box.height + 1, 'the caution is not in sight')
    const links = await frame.locator('a').evaluateAll((all) => all.filter((link) => link.checkVisibility()).map(({ id }) => id))
    assert.deepEqual(links, ['embed-out'])
  })

  it('computes the direction that is chosen', async () => {
    const other = sample.direction === 'young_to_old' ? 'old_to_young' : 'young_to_old'
    await frame.locator(`#bench label:has([value=${other}])`).click()
    assert.ok(await frame.locator(`input[name=direction][value=${other}]`).isChecked())
    await frame.getByTestId('explain-button').click()
    await until('it is computed', () => frame.evaluate((way) => window.agelens.state === 'ready' && window.agelens.lastResult().direction === way, other))
    await untilAddress(frame, { embed: '1', computed: other })
  })

  it('opens the same view in a page of its own', async () => {
    const link = frame.getByTestId('embed-out')
    assert.deepEqual([await link.getAttribute('target'), await link.getAttribute('rel')], ['_blank', 'noopener'])
    const wanted = await fragmentOf(frame)
    const [own] = await Promise.all([site.context.waitForEvent('page'), link.click()])
    await untilShown(own)
    const { embed, ...rest } = wanted
    assert.equal(embed, '1')
    assert.equal((await untilAddress(own, rest)).embed, undefined)
    await assertSeen(own, ['.masthead', 'footer', '#bundle', '#share'], ['#embed-foot'])
    assert.equal(await own.evaluate(() => window.opener), null)
    await own.close()
  })

  it('opens no scan of a visitor’s own', async () => {
    const before = await lastResult(frame)
    await frame.getByTestId('file-input').setInputFiles(bundleFile(samples[1].original))
    // What is chosen is cleared when it was heard; then nothing has changed.
    await until('the choice is heard', () => frame.getByTestId('file-input').evaluate((input) => input.files.length === 0))
    assert.deepEqual((await lastResult(frame)).name, before.name)
    assert.ok(await frame.locator('#forget').isHidden())
    assert.equal(await frame.locator('#sample option[value=own]').count(), 0)
    assert.deepEqual(site.errors, [])
  })
})

it('the code of a visitor’s own scan holds nothing of it, in the language of the page', async (test) => {
  const site = await open(browser, { query: `?bundle=${bundleName}&sw=off`, profile: PROFILE })
  test.after(site.close)
  await choose(site.page, { name: 'secret-head.nii.gz', mimeType: 'application/gzip', buffer: Buffer.from([1]) })
  for (const code of codes) {
    await speak(site.page, code)
    const { src, title, code: written } = await copyCode(site.page)
    assert.equal(title, texts[code]['embed.title'])
    assert.equal(new URLSearchParams(new URL(src).hash.slice(1)).get('lang'), code)
    assert.doesNotMatch(written, /own|secret|sample/)
    await site.page.getByTestId('status').filter({ hasText: texts[code]['status.copied.embed.scan'] }).waitFor()
  }
})

for (const [what, fragment, there] of [
  ['a dial', 'v=1&embed=1&bundle=phantom', ['#dial-age', '#dial-hint']],
  ['a direction', `v=1&embed=1&bundle=${bundleName}`, ['input[name=direction]', '#explain']],
  ['a lesson', 'v=1&embed=1&lesson=difference', ['#lesson-title', '.option', '#dial-age']]
]) {
  it(`with ${what} fits the smallest frame, for everyone`, async (test) => {
    const site = await open(browser, { query: `?sw=off#${fragment}`, profile: { viewport: SMALLEST } })
    test.after(site.close)
    const { page } = site
    const leftOut = what === 'a lesson' ? [...LEFT_OUT, ...LEFT_OUT_OF_LESSONS] : LEFT_OUT
    await assertSeen(page, [...there, '#verdict-title', '[data-map=difference] canvas', '#embed-foot strong'], leftOut)
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    assert.ok(overflow <= 0, `${overflow} px too wide`)
    assert.deepEqual(await seriousFindings(page), [])
    const foot = await page.getByTestId('embed-foot').boundingBox()
    assert.ok(foot.y > 0 && foot.y + foot.height <= SMALLEST.height + 1, `the caution is at ${foot.y} px`)
    if (what === 'a dial') {
      const map = await page.locator('[data-map=difference] .screen').boundingBox()
      assert.ok(map.y + map.height <= foot.y, 'the map of what changed is out of sight')
    }
    assert.equal((await untilAddress(page, { embed: '1' })).v, '1')
    assert.deepEqual(site.errors, [])
  })
}

it('a lesson that is shown again stays in its frame', async (test) => {
  const site = await open(browser, { query: '?sw=off#v=1&embed=1&lesson=difference' })
  test.after(site.close)
  await site.page.locator('.lesson [data-do=again]').click()
  await until('it is shown again', () => site.page.evaluate(() => window.agelens.state === 'ready'))
  await untilAddress(site.page, { embed: '1', lesson: 'difference' })
  assert.ok(!(await isSeen(site.page, '.masthead')))
})
