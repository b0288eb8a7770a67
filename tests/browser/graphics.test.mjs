// A browser that draws no more, or not at all: the page says so, and goes on.

import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { chooseMode, moveTo, screenOf, untilNamed } from './support/looking.mjs'
import { brightness, pictureOf, untilPicture } from './support/pictures.mjs'
import { launch, open, until } from './support/site.mjs'

const BUNDLE = 'oasis1-slab'
const INSULA = [-40, 6, 8]

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

it('the maps come back when the graphics device was taken away', async (test) => {
  const site = await open(browser, { query: `?bundle=${BUNDLE}` })
  test.after(site.close)
  const { page } = site
  const screen = screenOf(page, 'original')
  const before = await pictureOf(screen)
  const device = await screen.locator('canvas').evaluateHandle((canvas) => canvas.getContext('webgl2').getExtension('WEBGL_lose_context'))
  await device.evaluate((device) => device.loseContext())
  await page.getByTestId('error').filter({ hasText: 'graphics device' }).waitFor()
  await device.evaluate((device) => device.restoreContext())
  await page.getByTestId('notice').filter({ hasText: 'drawn again' }).waitFor()
  assert.ok(await page.getByTestId('error').isHidden())
  // The notice moves the page by less than a pixel, so that none is quite as before.
  await untilPicture(screen, 'as before', (picture) => Math.abs(brightness(picture) / brightness(before) - 1) < 0.05)
  await until('the crosshair works', async () => {
    await moveTo(page, INSULA)
    return (await page.getByTestId('region-name').textContent()) === 'Insula, left'
  })
})

it('without WebGL 2 the page says so, and tells the result in words', async (test) => {
  const site = await open(browser, {
    query: `?bundle=${BUNDLE}`,
    script: () => {
      const { getContext } = HTMLCanvasElement.prototype
      HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
        return kind === 'webgl2' ? null : getContext.call(this, kind, ...rest)
      }
    }
  })
  test.after(site.close)
  const { page } = site
  await untilNamed(page)
  await page.getByTestId('error').filter({ hasText: 'WebGL 2' }).waitFor()
  assert.match(await page.getByTestId('change-words').textContent(), /Largest (loss|gain): /)
  assert.ok(await page.getByTestId('explain-button').isEnabled())
  await chooseMode(page, 'volume')
  assert.deepEqual(site.errors, [])
})
