// The QR code of the link: read by another program than the one that made it, on screens large and small, light and dark.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import jsQR from 'jsqr'
import { seriousFindings } from './support/access.mjs'
import { codes, texts } from './support/languages.mjs'
import { moveTo, speak, untilAddress } from './support/looking.mjs'
import { pictureOf } from './support/pictures.mjs'
import { bundleName, choose, copyLink, launch, open, until } from './support/site.mjs'

const PROFILE = { permissions: ['clipboard-read', 'clipboard-write'], viewport: { width: 1440, height: 900 } }
const PHONE = { width: 360, height: 640 }

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

const dialog = (page) => page.getByTestId('qr-dialog')
const drawing = (page) => page.getByTestId('qr-code').locator('svg')

/** What a reader reads off the screen, and the picture. */
async function read(page) {
  const picture = await pictureOf(drawing(page))
  return { picture, text: jsQR(new Uint8ClampedArray(picture.data), picture.width, picture.height)?.data }
}

async function assertFits(page) {
  const { width, height } = page.viewportSize()
  const box = await drawing(page).boundingBox()
  assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height, JSON.stringify(box))
  const overflow = await dialog(page).evaluate((element) => element.scrollWidth - element.clientWidth)
  assert.ok(overflow <= 0, `${overflow} px too wide`)
  return box
}

describe('the QR code', () => {
  let site, page
  before(async () => {
    site = await open(browser, { query: `?bundle=${bundleName}&sw=off`, profile: PROFILE })
    page = site.page
  })
  after(() => site?.close())

  it('opens by keyboard, holds the link that is copied, and gives the keyboard back', async () => {
    await moveTo(page, [-30, 10, 12])
    await untilAddress(page, { at: '-30,10,12' })
    const link = await copyLink(page)
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement.id), 'share-qr')
    for (const [opening, closing] of [['Enter', 'Escape'], ['Space', 'Enter']]) {
      await page.keyboard.press(opening)
      await drawing(page).waitFor()
      assert.equal((await read(page)).text, link)
      assert.equal(await page.getByTestId('qr-link').textContent(), link)
      // On the button that closes it.
      await page.keyboard.press(closing)
      await dialog(page).waitFor({ state: 'hidden' })
      assert.equal(await page.evaluate(() => document.activeElement.id), 'share-qr')
      await until('the link is gone', async () => (await page.getByTestId('qr-link').textContent()) === '')
    }
  })

  it('is large, black on white with a quiet zone, in the dark theme too', async () => {
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme })
      await page.getByTestId('share-qr').click()
      const box = await assertFits(page)
      assert.ok(box.height > 0.6 * PROFILE.viewport.height, `${box.height} px high`)
      assert.deepEqual(await seriousFindings(page), [], colorScheme)
      const { picture, text } = await read(page)
      assert.equal(text, page.url())
      const modules = Number((await drawing(page).getAttribute('viewBox')).split(' ')[2])
      const quiet = Math.floor((4 * picture.width) / modules)
      const colours = new Set()
      for (let y = 0; y < picture.height; y += 1) {
        for (let x = 0; x < picture.width; x += 1) {
          const [red, green, blue] = picture.data.subarray(4 * (y * picture.width + x))
          // The rim may lie between two pixels.
          const inward = Math.min(x, y, picture.width - 1 - x, picture.height - 1 - y)
          if (inward === 0) continue
          if (inward < quiet - 1) assert.ok(Math.min(red, green, blue) === 255, `${colorScheme}: ${x}, ${y} is ${[red, green, blue]}`)
          colours.add(`${[red, green, blue]}`)
        }
      }
      // Crisp: no greys between them.
      assert.deepEqual([...colours].sort(), ['0,0,0', '255,255,255'], colorScheme)
      await page.getByTestId('qr-close').click()
    }
    await page.emulateMedia({ colorScheme: null })
  })

  it('fits a phone, and says in every language what only this computer can open', async () => {
    await page.setViewportSize(PHONE)
    for (const code of codes) {
      await speak(page, code)
      await untilAddress(page, { lang: code })
      await page.getByTestId('share-qr').click()
      await assertFits(page)
      assert.equal((await read(page)).text, page.url())
      assert.equal(await page.getByTestId('qr-note').textContent(), texts[code]['qr.this_computer'])
      assert.equal(await drawing(page).getAttribute('aria-label'), texts[code]['qr.picture'])
      assert.deepEqual(await seriousFindings(page), [], code)
      await page.keyboard.press('Escape')
    }
    await speak(page, 'en')
    await page.setViewportSize(PROFILE.viewport)
  })

  it('opens from a lesson, too', async () => {
    await page.getByTestId('lessons-open').click()
    const button = page.locator('.lesson [data-do=qr]')
    await until('the lesson’s view is open', async () => (await page.evaluate(() => window.agelens.state)) === 'ready' && page.url().includes('lesson='))
    await button.focus()
    await page.keyboard.press('Enter')
    await drawing(page).waitFor()
    const { text } = await read(page)
    assert.match(text, /lesson=young-or-old/)
    await page.keyboard.press('Escape')
    assert.equal(text, await copyLink(page))
    await button.focus()
    assert.equal(await page.evaluate(() => document.activeElement.dataset.do), 'qr')
  })

  it('says what it leaves out of a scan of the visitor’s own', async () => {
    await choose(page, { name: 'secret-head.nii.gz', mimeType: 'application/gzip', buffer: Buffer.from([1]) })
    await page.getByTestId('share-qr').click()
    const { text } = await read(page)
    assert.ok(text.includes('scan=own') && !text.includes('secret'), text)
    assert.ok((await page.getByTestId('qr-note').textContent()).includes(texts.en['qr.scan']))
    await page.keyboard.press('Escape')
    assert.deepEqual(site.errors, [])
  })
})

it('a link that is too long for a code is told so, and can be copied', async (test) => {
  const site = await open(browser, { query: `?bundle=${bundleName}&sw=off&x=${'long'.repeat(400)}`, profile: PROFILE })
  test.after(site.close)
  const { page } = site
  await page.getByTestId('share-qr').click()
  await page.getByTestId('qr-note').filter({ hasText: texts.en['qr.too_long'] }).waitFor()
  assert.equal(await drawing(page).count(), 0)
  assert.deepEqual(await seriousFindings(page), [])
  const link = await page.getByTestId('qr-link').textContent()
  await page.keyboard.press('Escape')
  assert.equal(link, await copyLink(page))
  assert.deepEqual(site.errors, [])
})
