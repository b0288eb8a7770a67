// Looking at the maps: view modes, crosshair, sliders. Nothing here computes an explanation anew.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { assertLinked, chooseBundle, chooseMode, crosshairsOf, moveTo, numbersIn, placeOf, screenOf, showAllMaps, untilNamed, valuesOf } from './support/looking.mjs'
import { manifest } from './support/native.mjs'
import { readVolume } from './support/nifti.mjs'
import { brightness, coloured, differing, lit, mirrored, part, pictureOf, untilPicture } from './support/pictures.mjs'
import { lastResult, launch, open } from './support/site.mjs'

const BUNDLE = 'oasis1-slab'
/** In the insula, in a slice of the slab. */
const INSULA = [-40, 6, 8]
const { shape, mni_from_voxel: affine } = manifest(BUNDLE).grid

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

/** The maps' values at a place, from the files. */
function valuesIn(volumes, place) {
  const index = place.map((mm, axis) => Math.round((mm - affine[axis][3]) / affine[axis][axis]))
  const at = index[0] + shape[0] * (index[1] + shape[1] * index[2])
  return Object.fromEntries(Object.entries(volumes).map(([name, bytes]) => [name, readVolume(bytes).values[at]]))
}

const lettersOf = (page, plane) =>
  page.locator(`.panel[data-map=original] .edge[data-plane=${plane}]`).evaluateAll((letters) => Object.fromEntries(letters.map((letter) => [letter.dataset.side, letter.textContent])))

const slide = (page, id, value) => page.locator(`#${id}`).fill(String(value))

describe('the maps', () => {
  let site, page, shown
  before(async () => {
    site = await open(browser, { query: `?bundle=${BUNDLE}` })
    page = site.page
    await untilNamed(page)
    shown = await lastResult(page)
  })
  after(() => site?.close())

  it('are those of what changed, and all when asked', async () => {
    const visible = () => page.locator('.panel').evaluateAll((panels) => panels.filter((panel) => panel.checkVisibility()).map(({ dataset }) => dataset.map))
    assert.deepEqual(await visible(), ['original', 'translated', 'difference'])
    await showAllMaps(page)
    assert.deepEqual(await visible(), ['original', 'translated', 'difference', 'cam'])
  })

  it('of a slab are four in its own plane, with the left on the left', async () => {
    for (const map of ['original', 'translated', 'difference', 'cam']) {
      await untilPicture(screenOf(page, map), 'a picture', (picture) => lit(picture) > 0.1)
    }
    assert.ok(await page.getByTestId('panel-truth').isHidden(), 'people have no known truth')
    assert.deepEqual(await lettersOf(page, 'axial'), { left: 'L', right: 'R', top: 'A', bottom: 'P' })
    // In the other planes it would be a strip.
    for (const plane of ['coronal', 'sagittal']) assert.deepEqual(await lettersOf(page, plane), {})
  })

  it('have one crosshair: sliders move it, and the readout names place, values and region', async () => {
    await moveTo(page, INSULA)
    await assertLinked(page, 4)
    assert.deepEqual(await placeOf(page), INSULA)
    assert.deepEqual((await page.locator('output[data-axis]').allTextContents()).map((text) => numbersIn(text)[0]), INSULA)
    assert.match(await page.locator('output[data-axis="0"]').textContent(), /mm/)
    assert.equal(await page.getByTestId('region-name').textContent(), 'Insula, left')
    const { truth, ...values } = await valuesOf(page)
    for (const [name, value] of Object.entries(valuesIn(shown.volumes, INSULA))) {
      assert.ok(Math.abs(values[name] - value) <= 5e-4, `${name}: ${values[name]} on the page, ${value} in the file`)
    }
    assert.ok(values.original > 0.2, 'no grey matter in the insula')
  })

  it('follow the arrow keys and Page Up', async () => {
    await moveTo(page, INSULA)
    const before = await crosshairsOf(page)
    const canvas = screenOf(page, 'cam').locator('canvas')
    await canvas.focus()
    for (const [key, axis, step] of [['ArrowRight', 0, 2], ['ArrowDown', 1, -2], ['PageUp', 2, 2]]) {
      const place = await placeOf(page)
      await page.keyboard.press(key)
      place[axis] += step
      assert.deepEqual(await placeOf(page), place, key)
    }
    assert.notDeepEqual(await assertLinked(page, 4), before.cam)
  })

  it('follow a click', async () => {
    const box = await screenOf(page, 'difference').boundingBox()
    const [x, y] = [box.width * 0.4, box.height * 0.2]
    await page.mouse.click(box.x + x, box.y + y)
    const lines = await assertLinked(page, 4)
    const voxel_px = box.width / shape[0]
    const isNear = (percent, side, wanted) => Math.abs((percent / 100) * side - wanted) <= voxel_px
    assert.ok(lines.some(([x1, , x2]) => x1 === x2 && isNear(x1, box.width, x)), 'no line goes down through the click')
    assert.ok(lines.some(([, y1, , y2]) => y1 === y2 && isNear(y1, box.height, y)), 'no line goes across through the click')
  })

  it('hide small changes, and the colour bar says which', async () => {
    const screen = screenOf(page, 'difference')
    const bar = page.locator('[data-testid=panel-difference] .ramp')
    const [all, colours] = [await pictureOf(screen), await bar.getAttribute('style')]
    const most = await page.getByTestId('threshold').getAttribute('max')
    await slide(page, 'threshold', most)
    await untilPicture(screen, 'large changes only', (picture) => coloured(picture) < 0.6 * coloured(all))
    assert.notEqual(await bar.getAttribute('style'), colours, 'the colour bar shows what is hidden')
    assert.equal(Number(await page.locator('#threshold-value').textContent()), Number(most))
    await slide(page, 'threshold', 0)
    await untilPicture(screen, 'all changes', (picture) => coloured(picture) >= coloured(all))
    await slide(page, 'threshold', 0.02)
    await untilPicture(screen, 'as before', (picture) => differing(picture, all) < 0.01)
  })

  it('can be seen through to the anatomy, or without it', async () => {
    const screen = screenOf(page, 'difference')
    const all = await pictureOf(screen)
    await slide(page, 'opacity', 0.1)
    await untilPicture(screen, 'pale changes', (picture) => coloured(picture) < 0.5 * coloured(all))
    await slide(page, 'opacity', 1)
    await untilPicture(screen, 'as before', (picture) => differing(picture, all) < 0.01)
    // Most of the activation map is clear, so that the anatomy is seen.
    const [activation, over] = [screenOf(page, 'cam'), await pictureOf(screenOf(page, 'cam'))]
    await page.locator('#anatomy').uncheck()
    await untilPicture(activation, 'the map alone', (picture) => coloured(picture) > 1.5 * coloured(over))
    await page.locator('#anatomy').check()
    await untilPicture(activation, 'as before', (picture) => differing(picture, over) < 0.01)
  })

  it('are brighter where less density is white', async () => {
    for (const map of ['original', 'translated']) {
      const before = brightness(await pictureOf(screenOf(page, map)))
      await slide(page, 'contrast', 0.4)
      await untilPicture(screenOf(page, map), 'brighter', (picture) => brightness(picture) > 1.2 * before)
      const end = page.getByTestId(`panel-${map}`).locator('.white-end')
      assert.equal(await end.textContent(), '0.40', 'the colour bar ends where white begins')
      await slide(page, 'contrast', 1)
      assert.equal(await end.textContent(), '1')
    }
  })

  it('can be enlarged one at a time', async () => {
    const widthOf = async (map) => (await page.getByTestId(`panel-${map}`).boundingBox()).width
    const [width, button] = [await widthOf('cam'), page.getByTestId('panel-cam').locator('.enlarge')]
    await button.click()
    assert.equal(await button.getAttribute('aria-pressed'), 'true')
    assert.ok((await widthOf('cam')) > 1.5 * width, 'not larger')
    assert.ok((await widthOf('original')) < (await widthOf('cam')) / 2)
    await untilPicture(screenOf(page, 'cam'), 'a picture in the large map', (picture) => lit(picture) > 0.1)
    await button.click()
    assert.equal(await widthOf('cam'), width)
    // Escape does the same, from the button and from within the map.
    for (const place of [button, page.getByTestId('panel-cam').locator('canvas')]) {
      await button.click()
      assert.ok((await widthOf('cam')) > 1.5 * width, 'not larger again')
      await place.focus()
      await page.keyboard.press('Escape')
      assert.equal(await widthOf('cam'), width)
      assert.equal(await button.getAttribute('aria-pressed'), 'false')
    }
  })

  it('change nothing that was computed, and start nothing', async () => {
    assert.deepEqual(await lastResult(page), shown)
    assert.deepEqual(page.workers(), [], 'an engine was started')
    assert.ok(!site.requests.some((url) => url.endsWith('safetensors')), 'models were fetched')
    assert.deepEqual(site.errors, [])
  })
})

describe('the comparison', () => {
  /** The line and what surrounds it, as a share of the width. */
  const LINE = 0.05
  let site, page, screen, original, translated
  before(async () => {
    site = await open(browser, { query: `?bundle=${BUNDLE}` })
    page = site.page
    screen = screenOf(page, 'translated')
    await chooseMode(page, 'compare')
    await slide(page, 'blend', 0)
    original = await untilPicture(screen, 'the original', (picture) => lit(picture) > 0.1)
    await slide(page, 'blend', 1)
    translated = await untilPicture(screen, 'the translation', (picture) => differing(picture, original) > 0.01)
  })
  after(() => site?.close())

  const styleOf = () => screen.locator('canvas').evaluate(({ style: { opacity, clipPath } }) => ({ opacity: Number(opacity), clipPath }))

  it('lays both maps over each other', async () => {
    const [below, above] = await Promise.all(['original', 'translated'].map((map) => screenOf(page, map).boundingBox()))
    for (const side of ['x', 'y', 'width', 'height']) assert.ok(Math.abs(below[side] - above[side]) <= 1, `${side}: ${below[side]} and ${above[side]}`)
    assert.ok(await page.getByTestId('panel-cam').isHidden())
    assert.match(await page.getByTestId('comparing').textContent(), /interpolation.*not an age/)
  })

  it('blends them, and the headings say how much of each', async () => {
    await slide(page, 'blend', 0.5)
    for (const map of ['original', 'translated']) assert.match(await page.locator(`#${map}-title`).textContent(), / · 50%$/)
    assert.equal((await styleOf()).opacity, 0.5)
    const halves = { ...original, data: original.data.map((value, index) => (value + translated.data[index]) / 2) }
    await untilPicture(screen, 'half of both', (picture) => differing(picture, halves) < 0.01 && differing(picture, original) > 0.005)
  })

  it('wipes one over the other', async () => {
    await slide(page, 'wipe', 0.5)
    for (const map of ['original', 'translated']) assert.doesNotMatch(await page.locator(`#${map}-title`).textContent(), /%/)
    assert.match((await styleOf()).clipPath, /^inset\(0(px)? 0(px)? 0(px)? 50%\)$/)
    const [left, right] = [{ right: 0.5 - LINE }, { left: 0.5 + LINE }]
    const isWiped = (picture) => differing(part(picture, left), part(original, left)) < 0.01 && differing(part(picture, right), part(translated, right)) < 0.01
    await untilPicture(screen, 'the original on the left, the translation on the right', isWiped)
    for (const side of [left, right]) assert.ok(differing(part(original, side), part(translated, side)) > 0.01, 'both look alike')
  })

  it('has a line that can be dragged, and leaves the crosshair where it is', async () => {
    const [box, place] = [await screen.boundingBox(), await placeOf(page)]
    const y = box.y + box.height * 0.3
    await page.mouse.move(box.x + box.width * 0.5, y)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.4, y)
    await page.mouse.move(box.x + box.width * 0.25, y)
    await page.mouse.up()
    assert.ok(Math.abs((await page.getByTestId('wipe').inputValue()) - 0.25) <= 0.01)
    assert.match((await styleOf()).clipPath, /2[45](\.\d+)?%\)$/)
    assert.deepEqual(await placeOf(page), place)
  })

  it('has one crosshair with the difference, which a click on either side of the line moves', async () => {
    for (const share of [0.1, 0.4]) {
      const [box, place] = [await screen.boundingBox(), await placeOf(page)]
      await page.mouse.click(box.x + box.width * share, box.y + box.height * 0.4)
      assert.notDeepEqual(await placeOf(page), place)
    }
    await assertLinked(page, 3)
  })
})

describe('the body in 3-D', () => {
  let site, page, canvas
  before(async () => {
    site = await open(browser, { query: `?bundle=phantom` })
    page = site.page
    canvas = page.locator('#volume-canvas')
  })
  after(() => site?.close())

  it('has the slices of a whole head beside it, with letters all around', async () => {
    assert.deepEqual(await lettersOf(page, 'coronal'), { left: 'L', right: 'R', top: 'S', bottom: 'I' })
    assert.deepEqual(await lettersOf(page, 'sagittal'), { left: 'P', right: 'A', top: 'S', bottom: 'I' })
  })

  it('is drawn, turns by the arrow keys, and turns back', async () => {
    await chooseMode(page, 'volume')
    assert.ok(await page.getByTestId('panel-original').isHidden())
    const body = await untilPicture(canvas, 'a body', (picture) => lit(picture) > 0.1 && coloured(picture) > 0.002)
    await canvas.focus()
    for (let count = 0; count < 4; count += 1) await page.keyboard.press('ArrowRight')
    await untilPicture(canvas, 'turned', (picture) => differing(picture, body) > 0.05)
    await page.locator('#volume-reset').click()
    await untilPicture(canvas, 'as before', (picture) => differing(picture, body) < 0.02)
  })

  it('can be closed where it was cut open', async () => {
    await chooseMode(page, 'volume')
    const open = await untilPicture(canvas, 'a body', (picture) => lit(picture) > 0.1)
    await page.locator('#clip').uncheck()
    await untilPicture(canvas, 'closed', (picture) => differing(picture, open) > 0.02)
    assert.deepEqual(site.errors, [])
  })
})

describe('on a narrow screen', () => {
  let site, page
  before(async () => {
    site = await open(browser, { query: `?bundle=${BUNDLE}`, profile: { viewport: { width: 360, height: 740 } } })
    page = site.page
    await showAllMaps(page)
  })
  after(() => site?.close())

  /** Where a place lies in a map that is one axial slice, as shares of width and height. */
  const inSlice = (place) => {
    const [x, y] = [0, 1].map((axis) => ((place[axis] - affine[axis][3]) / affine[axis][axis] + 0.5) / shape[axis])
    return [x, 1 - y]
  }

  it('maps have one plane, and a click goes to the millimetre it is on', async () => {
    const planes = await page.locator('.panel[data-map=original] .edge').evaluateAll((letters) => letters.map((letter) => letter.dataset.plane))
    assert.deepEqual([...new Set(planes)], ['axial'])
    const canvas = screenOf(page, 'original').locator('canvas')
    await canvas.scrollIntoViewIfNeeded()
    const [box, [x, y], [, , z]] = [await canvas.boundingBox(), inSlice(INSULA), await placeOf(page)]
    await page.mouse.click(box.x + x * box.width, box.y + y * box.height)
    assert.deepEqual(await placeOf(page), [INSULA[0], INSULA[1], z])
  })

  it('the crosshair is drawn where the sliders are', async () => {
    await moveTo(page, [30, -40, 12])
    const [x, y] = inSlice([30, -40, 12])
    const lines = await assertLinked(page, 4)
    const isNear = (percent, share) => Math.abs(percent - 100 * share) < 0.1
    assert.ok(lines.filter(([x1, , x2]) => isNear(x1, x) && isNear(x2, x)).length > 0, `no line goes down at ${100 * x} %: ${lines}`)
    assert.ok(lines.filter(([, y1, , y2]) => isNear(y1, y) && isNear(y2, y)).length > 0, `no line goes across at ${100 * y} %: ${lines}`)
  })

  it('the radiological view turns picture, letters and keys around', async () => {
    // As wide as the page, so that every pixel has one to be compared with.
    await page.getByTestId('panel-translated').locator('.enlarge').click()
    const canvas = screenOf(page, 'translated').locator('canvas')
    const middle = { left: 0.15, right: 0.85, top: 0.15, bottom: 0.85 }
    await moveTo(page, [20, 6, 8])
    const before = await untilPicture(canvas, 'a picture', (picture) => lit(picture) > 0.1)
    const wanted = mirrored(part(before, middle))
    const unturned = differing(wanted, part(before, middle))
    await page.locator('#radiological').check()
    await untilPicture(canvas, 'the mirror image', (picture) => differing(part(picture, middle), wanted) < unturned / 3)
    assert.deepEqual(await lettersOf(page, 'axial'), { left: 'R', right: 'L', top: 'A', bottom: 'P' })
    await canvas.focus()
    await page.keyboard.press('ArrowRight')
    assert.deepEqual(await placeOf(page), [18, 6, 8])
  })
})

it('the threshold that is told is the one that hides, when another model has smaller changes', async (test) => {
  const SMALLER = 'phantom'
  const site = await open(browser, { query: `?bundle=${BUNDLE}` })
  test.after(site.close)
  const { page } = site
  const bar = page.locator('[data-testid=panel-difference] .ramp')
  const told = async () => [await bar.getAttribute('style'), await page.locator('#threshold-value').textContent()]
  const most = () => page.getByTestId('threshold').getAttribute('max')
  const large = Number(await most())
  await slide(page, 'threshold', large)
  await chooseBundle(page, SMALLER, manifest(SMALLER).samples)
  const [before, found] = [await pictureOf(screenOf(page, 'difference')), await told()]
  assert.ok(Number(await most()) < large, `${BUNDLE} has no larger changes than ${SMALLER}`)
  assert.equal(Number(found[1]), Number(await most()))
  // What the slider itself does there.
  await slide(page, 'threshold', 0)
  await untilPicture(screenOf(page, 'difference'), 'all changes', (picture) => differing(picture, before) > 0.01)
  await slide(page, 'threshold', await most())
  await untilPicture(screenOf(page, 'difference'), 'as told', (picture) => differing(picture, before) < 0.01)
  assert.deepEqual(await told(), found)
  assert.deepEqual(site.errors, [])
})
