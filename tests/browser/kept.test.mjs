// A result that is kept for comparison: its maps lie beside those of the next image or age, at the same place, in the same colours.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { PNG } from 'pngjs'
import { chooseBundle, chooseMode, chooseSample, moveTo, placeOf, save, screenOf } from './support/looking.mjs'
import { bundleFile, manifest } from './support/native.mjs'
import { readVolume } from './support/nifti.mjs'
import { coloured, differing, lit, pictureOf, untilPicture } from './support/pictures.mjs'
import { choose, explain, lastResult, launch, open, until } from './support/site.mjs'

const BUNDLE = 'phantom'
const { samples } = manifest(BUNDLE)
const query = `?bundle=${BUNDLE}&backend=cpu&sw=off`
const [first, second] = samples

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

const keep = (page) => page.getByTestId('keep-button').click()
const panels = (page) => page.locator('.panel:visible').evaluateAll((found) => found.map((panel) => panel.dataset.map))
const areaOfSaved = async (page) => {
  const { width, height } = PNG.sync.read((await save(page, 'png')).bytes)
  return width * height
}
const value = (page, map) => page.locator(`dd[data-value=${map}]`).textContent()
const ALONE = ['original', 'translated', 'difference']
const BESIDE = ['original', 'difference', 'kept', 'kept-difference']

describe('a result that is kept', () => {
  let site, page, area
  before(async () => {
    site = await open(browser, { query, profile: { viewport: { width: 1280, height: 900 } } })
    page = site.page
  })
  after(() => site?.close())

  it('lies beside the next image, at the same place and in the same colours', async () => {
    assert.equal(await page.getByTestId('kept-words').isVisible(), false)
    await keep(page)
    assert.deepEqual(await panels(page), ALONE)
    assert.match(await page.getByTestId('kept-words').textContent(), new RegExp(`${first.title}.*another image`))
    await chooseSample(page, samples, 1)
    assert.deepEqual(await panels(page), BESIDE)
    assert.equal(await page.locator('#kept-title').textContent(), `${first.title} · kept`)
    assert.match(await page.getByTestId('kept-words').textContent(), new RegExp(`${first.title}\\. The model judges`))
    await untilPicture(screenOf(page, 'kept'), 'the kept image', (picture) => lit(picture) > 0.1)
    await untilPicture(screenOf(page, 'kept-difference'), 'the kept difference', (picture) => coloured(picture) > 0.02)
    const [own, kept] = [await pictureOf(screenOf(page, 'original')), await pictureOf(screenOf(page, 'kept'))]
    assert.ok(differing(own, kept) > 0.02, 'one and the same brain')
    const ends = (map) => page.locator(`.panel[data-map=${map}] .scale`).textContent()
    assert.equal(await ends('kept-difference'), await ends('difference'))
    await moveTo(page, [-30, -22, 50])
    const place = await placeOf(page)
    const at = (role) => {
      const { values, shape, affine } = readVolume(readFileSync(bundleFile(role, BUNDLE)))
      const [x, y, z] = place.map((mm, axis) => Math.round((Number(mm) - affine[axis][3]) / affine[axis][axis]))
      return values[x + shape[0] * (y + shape[1] * z)]
    }
    const number = (text) => Number(text.replace('−', '-').replace('+', ''))
    for (const [map, role] of [
      ['original', second.original],
      ['kept', first.original],
      ['difference', second.difference],
      ['kept-difference', first.difference]
    ]) {
      assert.ok(Math.abs(number(await value(page, map)) - at(role)) < 6e-4, `${map}: ${await value(page, map)}, ${at(role)}`)
    }
  })

  it('is in the saved picture', async () => {
    area = await areaOfSaved(page)
    assert.ok(area > 100_000)
  })

  it('is not there in other views, and comes back', async () => {
    await chooseMode(page, 'compare')
    await until('the panels go', async () => !(await panels(page)).includes('kept'))
    await chooseMode(page, 'side')
    await until('the panels come', async () => (await panels(page)).includes('kept'))
  })

  it('lies beside another age of the same image', async () => {
    await keep(page)
    assert.deepEqual(await panels(page), ALONE)
    assert.ok((await areaOfSaved(page)) < 0.9 * area)
    await keep(page)
    await page.getByTestId('dial-age').fill('30')
    await until('the age is shown', async () => (await lastResult(page)).targetYears === 30)
    assert.deepEqual(await panels(page), BESIDE)
    assert.equal(await page.locator('#kept-title').textContent(), `${second.title} · kept`)
    // The picture that is saved has these headings only.
    assert.equal(await page.locator('#difference-title').textContent(), 'Difference (30 years)')
    assert.equal(await page.locator('#kept-difference-title').textContent(), `${second.title} · difference, kept (old → young)`)
    assert.equal(await value(page, 'kept'), await value(page, 'original'))
  })

  it('of another model is told, and not drawn', async () => {
    await chooseBundle(page, 'phantom-small', manifest('phantom-small').samples)
    assert.match(await page.getByTestId('kept-words').textContent(), /another model \(phantom\)/)
    assert.deepEqual(await panels(page), ALONE)
    await chooseBundle(page, BUNDLE, samples)
    await until('the panels come back', async () => (await panels(page)).includes('kept'))
    assert.deepEqual(site.errors, [])
  })
})

it('a visitor’s scan that is kept is forgotten with the rest', async (test) => {
  const site = await open(browser, { query })
  test.after(site.close)
  const { page } = site
  await choose(page, { name: 'my-own-head.nii.gz', mimeType: 'application/gzip', buffer: readFileSync(bundleFile(second.original, BUNDLE)) })
  await explain(page)
  await keep(page)
  await chooseSample(page, samples, 2)
  await until('the scan lies beside', async () => (await page.locator('#kept-title').textContent()) === 'my-own-head.nii.gz · kept')
  assert.equal(await page.evaluate(() => location.hash.includes('my-own')), false)
  await page.getByTestId('forget-button').click()
  await until('it is gone', async () => !(await panels(page)).includes('kept'))
  assert.equal(await page.getByTestId('kept-words').isVisible(), false)
  assert.equal(await page.evaluate(() => document.body.textContent.includes('my-own-head')), false)
  assert.deepEqual([site.uploads, site.errors], [[], []])
})
