// A browser that draws no more, or without WebGL 2: the page says so, and goes on with what it has.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { PNG } from 'pngjs'
import { assertLinked, chooseMode, chooseTab, moveTo, placeOf, save, screenOf, showAllMaps, untilNamed } from './support/looking.mjs'
import { brightness, coloured, differing, lit, mirrored, pictureOf, untilPicture } from './support/pictures.mjs'
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

describe('without WebGL 2', () => {
  /** Before the page's own scripts. */
  const withoutWebGl = () => {
    const { getContext } = HTMLCanvasElement.prototype
    HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
      return kind === 'webgl2' ? null : getContext.call(this, kind, ...rest)
    }
  }
  const ALL = ['original', 'translated', 'difference', 'cam']
  /** High enough for table and maps: scrolling would move them from under the pointer. */
  const profile = { viewport: { width: 1280, height: 3600 } }
  const slide = (page, id, value) => page.locator(`#${id}`).fill(String(value))
  let site, page
  before(async () => {
    site = await open(browser, { query: `?bundle=${BUNDLE}`, script: withoutWebGl, profile })
    page = site.page
    await untilNamed(page)
    await showAllMaps(page)
    for (const map of ALL) await untilPicture(screenOf(page, map), `a picture of ${map}`, (picture) => lit(picture) > 0.1)
  })
  after(() => site?.close())

  it('draws all maps, and no error stands', async () => {
    assert.ok(await page.evaluate(() => window.agelensViewer.flat && window.agelensViewer.supported))
    assert.ok(await page.getByTestId('error').isHidden())
    assert.match(await page.getByTestId('change-words').textContent(), /Largest (loss|gain): /)
    assert.ok(coloured(await pictureOf(screenOf(page, 'difference'))) > 0.001)
  })

  it('has one crosshair in all maps, by slider, click, drag, wheel and key', async () => {
    await moveTo(page, INSULA)
    const first = await assertLinked(page, 4)
    assert.equal(await page.getByTestId('region-name').textContent(), 'Insula, left')
    const screen = screenOf(page, 'difference')
    const { x, y, width, height } = await screen.boundingBox()
    await page.mouse.click(x + 0.4 * width, y + 0.3 * height)
    const clicked = await assertLinked(page, 4)
    assert.notDeepEqual(clicked, first)
    assert.ok(clicked.some(([x1, , x2]) => x1 === x2 && Math.abs(x1 - 40) < 1), 'no line goes down through the click')
    await page.mouse.down()
    await page.mouse.move(x + 0.6 * width, y + 0.5 * height)
    await page.mouse.up()
    const drawn = await assertLinked(page, 4)
    assert.ok(drawn.some(([, y1, , y2]) => y1 === y2 && Math.abs(y1 - 50) < 1), 'no line follows the pointer')
    // Without a button pressed it stays.
    await page.mouse.move(x + 0.3 * width, y + 0.3 * height)
    assert.deepEqual(await assertLinked(page, 4), drawn)
    const before = await placeOf(page)
    await page.mouse.wheel(0, 100)
    await until('the next slice', async () => (await placeOf(page))[2] === before[2] + 2)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('PageDown')
    assert.deepEqual(await placeOf(page), [before[0] + 2, before[1], before[2]])
    await assertLinked(page, 4)
  })

  it('hides small changes, and is as bright and as clear as asked', async () => {
    const screen = screenOf(page, 'difference')
    const all = await pictureOf(screen)
    await slide(page, 'threshold', await page.getByTestId('threshold').getAttribute('max'))
    await untilPicture(screen, 'large changes only', (picture) => coloured(picture) < 0.6 * coloured(all))
    await slide(page, 'threshold', 0.02)
    await untilPicture(screen, 'as before', (picture) => differing(picture, all) < 0.01)
    await slide(page, 'opacity', 0.1)
    await untilPicture(screen, 'pale changes', (picture) => coloured(picture) < 0.5 * coloured(all))
    await slide(page, 'opacity', 1)
    const original = screenOf(page, 'original')
    const grey = brightness(await pictureOf(original))
    await slide(page, 'contrast', 0.4)
    await untilPicture(original, 'brighter', (picture) => brightness(picture) > 1.2 * grey)
    await slide(page, 'contrast', 1)
  })

  it('outlines a region', async () => {
    await chooseTab(page, 'regions')
    const screen = screenOf(page, 'original')
    const row = page.locator('#regions-rows tr').first()
    await row.getByRole('button').click()
    await page.mouse.move(0, 0)
    const plain = await pictureOf(screen)
    await row.locator('td').first().hover()
    await untilPicture(screen, 'an outline', (picture) => differing(picture, plain) > 0.001)
    await page.mouse.move(0, 0)
    await untilPicture(screen, 'none', (picture) => differing(picture, plain) === 0)
  })

  it('compares, and saves what is on the screen', async () => {
    await chooseMode(page, 'compare')
    const screen = screenOf(page, 'translated')
    await slide(page, 'blend', 0)
    const original = await pictureOf(screen)
    await slide(page, 'blend', 1)
    await untilPicture(screen, 'the translation', (picture) => lit(picture) > 0.1 && differing(picture, original) > 0.01)
    await chooseMode(page, 'side')
    const { data } = PNG.sync.read((await save(page, 'png')).bytes)
    assert.ok(coloured({ data }) > 0.001)
    assert.ok(await page.getByTestId('error').isHidden())
  })

  it('says that there is no 3-D, and stays with the slices', async () => {
    // Back at once, so that it never counts as checked.
    await page.locator('input[name=mode][value=volume]').dispatchEvent('click')
    await page.getByTestId('error').filter({ hasText: 'WebGL 2' }).waitFor()
    assert.ok(await page.locator('input[name=mode][value=side]').isChecked())
    await untilPicture(screenOf(page, 'original'), 'a picture', (picture) => lit(picture) > 0.1)
    assert.deepEqual(site.errors, [])
  })

  for (const [what, state] of [['the left on the left', ''], ['the left on the right', '#v=1&radiological=1']]) {
    it(`draws what WebGL 2 draws, in all planes, ${what}`, async (test) => {
      const pictures = []
      for (const script of [undefined, withoutWebGl]) {
        // The badge of the service worker comes early or late, and moves what follows.
        const own = await open(browser, { query: `?bundle=phantom&sw=off${state}`, script, profile })
        test.after(own.close)
        await untilNamed(own.page)
        await showAllMaps(own.page)
        const maps = [...ALL, 'truth'].map((map) => screenOf(own.page, map))
        pictures.push(await Promise.all(maps.map((screen) => untilPicture(screen, 'a picture', (picture) => lit(picture) > 0.1))))
      }
      const [drawn, flat] = pictures
      for (const [index, picture] of drawn.entries()) {
        assert.ok(apart(picture, flat[index]) < 0.02, `map ${index} is another`)
        assert.ok(apart(picture, mirrored(flat[index])) > 0.04, `map ${index} could be mirrored`)
      }
    })
  }
})

/** Mean difference of all channels, 0..1: colours at the rims of what is clear are mixed in another way. */
function apart(one, other) {
  // A part of the page that begins between two pixels may have one more on a screenshot.
  assert.ok(Math.abs(one.width - other.width) <= 1 && Math.abs(one.height - other.height) <= 1, 'of another size')
  const [width, height] = [Math.min(one.width, other.width), Math.min(one.height, other.height)]
  let sum = 0
  for (let y = 0; y < height; y++) {
    const [own, its] = [one, other].map((picture) => picture.data.subarray(4 * y * picture.width, 4 * (y * picture.width + width)))
    own.forEach((value, index) => (sum += Math.abs(value - its[index])))
  }
  return sum / (255 * 4 * width * height)
}
