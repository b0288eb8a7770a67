// Cards of links: what a site that shows one reads without running anything, and where a lesson's own address leads.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { lessonPage, siteOf, withCard } from '../../web/previews.mjs'
import { lessons } from './support/languages.mjs'
import { dist, launch, open, untilShown } from './support/site.mjs'

const SITE = 'https://lab.example/brains/'
/** Content of the tags, by property or name. */
const tagsOf = (page) => Object.fromEntries([...page.matchAll(/<meta (?:property|name)="([^"]+)" content="([^"]*)"/g)].map(([, name, content]) => [name, content]))
/** Width and height in a JPEG's frame header. */
function sizeOf(jpeg) {
  for (let at = 2; at < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const isFrame = jpeg[at + 1] >= 0xc0 && jpeg[at + 1] <= 0xc2
    if (isFrame) return [jpeg.readUInt16BE(at + 7), jpeg.readUInt16BE(at + 5)]
  }
  throw new Error('no JPEG')
}

describe('a card', () => {
  it('has whole addresses where the site’s is known', () => {
    assert.deepEqual([siteOf('./'), siteOf('/lab/'), siteOf(undefined), siteOf('https://lab.example/brains')], [null, null, null, SITE])
    const lesson = { id: 'coarse', title: 'A "coarse" <map>', lead: 'This & that.' }
    const page = lessonPage(lesson, SITE)
    const tags = tagsOf(page)
    assert.equal(tags['og:title'], 'A &quot;coarse&quot; &lt;map&gt; – AgeLens')
    assert.equal(tags['og:description'], 'This &amp; that.')
    assert.equal(tags['og:url'], `${SITE}lesson/coarse/`)
    assert.equal(tags['og:image'], `${SITE}preview/card.jpg`)
    assert.ok(page.includes(`<link rel="canonical" href="${SITE}lesson/coarse/" />`))
    const first = tagsOf(withCard('<head></head>', { title: 'AgeLens', description: 'x' }, SITE))
    assert.deepEqual([first['og:url'], first['og:image'], first['twitter:card']], [SITE, `${SITE}preview/card.jpg`, 'summary_large_image'])
  })

  it('has relative ones where it is not, and names a picture of its size', () => {
    const page = lessonPage({ id: 'coarse', title: 'x', lead: 'y' }, null)
    assert.equal(tagsOf(page)['og:image'], '../../preview/card.jpg')
    assert.ok(!page.includes('canonical') && !page.includes('og:url'))
    const first = tagsOf(readFileSync(join(dist, 'index.html'), 'utf8'))
    const picture = readFileSync(join(dist, 'preview/card.jpg'))
    assert.deepEqual(sizeOf(picture), [first['og:image:width'], first['og:image:height']].map(Number))
    assert.ok(first['og:image'].endsWith('preview/card.jpg') && first['og:title'] === 'AgeLens')
    assert.ok(picture.length < 300_000, `${picture.length} bytes`)
    assert.ok(!readFileSync(join(dist, 'sw.js'), 'utf8').includes('card.jpg'), 'every visitor would fetch it')
  })
})

describe('a lesson’s own address', () => {
  let browser, site
  before(async () => {
    browser = await launch()
    site = await open(browser)
  })
  after(async () => {
    await site?.close()
    await browser?.close()
  })

  it('is there for each lesson', () => {
    assert.deepEqual(readdirSync(join(dist, 'lesson')).filter((name) => name !== 'open.js').sort(), lessons.en.lessons.map(({ id }) => id).sort())
    for (const { id, title } of lessons.en.lessons) assert.ok(existsSync(join(dist, `lesson/${id}/index.html`)), title)
  })

  it('opens it, with whatever else was asked for', async () => {
    const { page, url, errors } = site
    await page.goto(`${url}lesson/coarse/?backend=cpu#lang=ja&lesson=bias`)
    await page.waitForURL((address) => !address.pathname.includes('/lesson/'))
    await untilShown(page)
    assert.equal(new URL(page.url()).search, '?backend=cpu')
    assert.equal(await page.locator('#lesson-title').textContent(), lessons.ja.lessons.find(({ id }) => id === 'coarse').title)
    assert.deepEqual([errors, site.offOrigin()], [[], []])
  })

  it('can be read where no script runs', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${site.url}lesson/coarse/`)
    const { title, lead } = lessons.en.lessons.find(({ id }) => id === 'coarse')
    assert.deepEqual([await page.locator('h1').textContent(), await page.locator('p').first().textContent()], [title, lead])
    assert.equal(new URL(await page.locator('a').getAttribute('href'), page.url()).href, `${site.url}#v=1&lesson=coarse`)
    await context.close()
  })
})
