// What the page tells beside the maps: regions, the cohort, checks, the truth of phantoms, the model card.
// Every number is counted here once more, from the files.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { assertLinked, chooseSample, chooseTab, numberIn, numbersIn, placeOf, save, screenOf, showAllMaps, untilNamed } from './support/looking.mjs'
import { bundleFile, manifest } from './support/native.mjs'
import { readVolume } from './support/nifti.mjs'
import { differing, pictureOf, untilPicture } from './support/pictures.mjs'
import { correlation, maskOf, mean, placeOnGrid, regionOn } from './support/regions.mjs'
import { bundleName, dist, EXPLAIN_LIMIT_MS, lastResult, launch, open, until } from './support/site.mjs'

const PEOPLE = 'oasis1-slab'
/** A region of the cortex, which takes what is beside it, and a nucleus, which does not. */
const REGIONS = ['Insula_L', 'Caudate_R']
const ROUNDED = 0.051
/** Half of the last digit of an amount in ml. */
const ROUNDED_ML = 0.0051
/** Of a region, in the maps, and ml of it; with less its numbers hold for a rim only. */
const [LEAST_PART, LEAST_ML] = [0.1, 1]

const bundles = JSON.parse(readFileSync(join(dist, 'models/index.json'), 'utf8')).map(({ id }) => id)
const valuesOf = (role, bundle = bundleName) => [...readVolume(readFileSync(bundleFile(role, bundle))).values]

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

describe('the table of regions', () => {
  const { grid, held_back: heldBack } = manifest(PEOPLE)
  let site, page, rows
  before(async () => {
    // High enough for table and maps: scrolling would move the rows from under the pointer.
    site = await open(browser, { query: `?bundle=${PEOPLE}`, profile: { viewport: { width: 1280, height: 3600 } } })
    page = site.page
    await untilNamed(page)
    await showAllMaps(page)
  })
  after(() => site?.close())

  const readRows = () =>
    page.locator('#regions-rows tr').evaluateAll((lines) =>
      lines.map((line) => ({
        label: Number(line.dataset.region),
        name: line.querySelector('button').textContent,
        cells: [...line.querySelectorAll('td')].map((cell) => cell.textContent)
      }))
    )
  const rowOnPage = (label) => page.locator(`#regions-rows tr[data-region="${label}"]`)
  const rowOf = (label) => rows.find((row) => row.label === label)

  it('shows the largest amounts first, those of mere rims last, and all when asked', async () => {
    const first = await readRows()
    assert.equal(first.length, 12)
    await page.getByTestId('regions-more').click()
    rows = await readRows()
    assert.ok(rows.length > 40, `only ${rows.length} regions`)
    assert.deepEqual(rows.slice(0, 12), first)
    const counted = JSON.parse((await save(page, 'json')).bytes).regions
    const isRim = ({ part_of_region: part, volume_ml }) => part < LEAST_PART || volume_ml < LEAST_ML
    const size = ({ mean, volume_ml }) => Math.abs(mean * volume_ml)
    assert.ok(counted.some(isRim) && counted.filter((region) => !isRim(region)).length > 30)
    const order = counted.sort((a, b) => isRim(a) - isRim(b) || size(b) - size(a))
    assert.deepEqual(rows.map(({ label }) => label), order.map(({ region }) => region.label))
    assert.equal(await page.locator('#regions-rows tr.small').count(), counted.filter(isRim).length)
  })

  it('says what the saved maps and the atlas say', async () => {
    const [original, difference] = [(await save(page, 'original')).bytes, (await save(page, 'difference')).bytes].map((bytes) => readVolume(bytes).values)
    for (const name of REGIONS) {
      const { label, readable, voxels } = regionOn(PEOPLE, name)
      const [change, matter] = [difference, original].map((values) => mean(voxels.map((index) => values[index])))
      const row = rowOf(label)
      assert.equal(row.name, readable)
      const volume_ml = (voxels.length * grid.mni_from_voxel[0][0] ** 3) / 1000
      assert.ok(Math.abs(numberIn(row.cells[0]) - change * volume_ml) <= ROUNDED_ML, `${name}: ${row.cells[0]}, counted ${change * volume_ml} ml`)
      assert.ok(Math.abs(numberIn(row.cells[1]) - (100 * change) / matter) <= ROUNDED, `${name}: ${row.cells[1]}, counted ${(100 * change) / matter} %`)
      assert.ok(Math.abs(numberIn(row.cells[3]) - volume_ml) <= ROUNDED, `${name}: ${row.cells[3]}, counted ${volume_ml} ml`)
    }
  })

  it('has the mean and SD of the group held back beside it', async () => {
    const { direction } = await lastResult(page)
    let compared = 0
    for (const card of heldBack.regions) {
      const group = card[direction]
      const row = rowOf(card.label)
      if (!group?.mean_percent || !row) continue
      const [shown, sd] = numbersIn(row.cells[2])
      // No spread of percentages where somebody has no grey matter there at all.
      const isSpread = group.sd_percent === null ? sd === undefined : Math.abs(sd - group.sd_percent) <= ROUNDED
      assert.ok(Math.abs(shown - group.mean_percent) <= ROUNDED && isSpread, `${row.name}: ${row.cells[2]}`)
      compared += 1
    }
    assert.ok(compared > 40, `only ${compared} regions have a group`)
    assert.match(await page.locator('#regions-hint').textContent(), new RegExp(`\\b${heldBack.regions[0][direction].subjects} held-out young`))
  })

  it('brings the maps into sight when a row is clicked, at once where little is to move', async () => {
    const top = () => page.locator('#maps').evaluate((maps) => maps.getBoundingClientRect().top)
    const isInSight = async () => (await top()) >= -1 && (await top()) < page.viewportSize().height / 2
    const below = () => page.evaluate(() => window.scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' }))
    const press = () => rowOnPage(rows[0].label).getByRole('button').evaluate((button) => button.click())
    const size = page.viewportSize()
    try {
      await page.setViewportSize({ width: 1280, height: 720 })
      await page.emulateMedia({ reducedMotion: 'reduce' })
      await below()
      assert.ok((await top()) < -1, 'the maps are in sight from below')
      await press()
      assert.ok(await isInSight(), 'it takes time')
      await page.emulateMedia({ reducedMotion: 'no-preference' })
      await below()
      await press()
      await until('the maps are in sight', isInSight)
    } finally {
      await page.emulateMedia({ reducedMotion: null })
      await page.setViewportSize(size)
    }
  })

  it('outlines the region of a row under the pointer in all maps', async () => {
    const { label } = regionOn(PEOPLE, REGIONS[1])
    await rowOnPage(label).getByRole('button').click()
    await page.mouse.move(0, 0)
    const screens = ['original', 'cam'].map((map) => screenOf(page, map))
    const plain = []
    for (const screen of screens) plain.push(await pictureOf(screen))
    await rowOnPage(label).locator('td').first().hover()
    for (const [index, screen] of screens.entries()) await untilPicture(screen, 'an outline', (picture) => differing(picture, plain[index]) > 0.001)
    await page.mouse.move(0, 0)
    for (const [index, screen] of screens.entries()) await untilPicture(screen, 'none', (picture) => differing(picture, plain[index]) === 0)
  })

  it('leads to the largest change of a region, of the sign that it has as a whole', async () => {
    const difference = readVolume((await save(page, 'difference')).bytes).values
    for (const name of REGIONS) {
      const { label, readable, voxels } = regionOn(PEOPLE, name)
      await rowOnPage(label).getByRole('button').click()
      assert.equal(await page.getByTestId('region-name').textContent(), readable)
      const place = String(await placeOf(page))
      const index = voxels.find((index) => String(placeOnGrid(index, grid.shape, grid.mni_from_voxel)) === place)
      assert.ok(index !== undefined, `${place} is not in ${name}`)
      const sign = Math.sign(mean(voxels.map((index) => difference[index])))
      assert.equal(sign * difference[index], Math.max(...voxels.map((index) => sign * difference[index])))
      await assertLinked(page, 4)
    }
  })
})

it('a model without a held-back group says so', async (test) => {
  const isCard = (path) => path === `models/${bundleName}/manifest.json`
  const { held_back, ...card } = manifest()
  const site = await open(browser, { query: `?bundle=${bundleName}`, replace: (path, bytes) => (isCard(path) ? Buffer.from(JSON.stringify(card)) : bytes) })
  test.after(site.close)
  await untilNamed(site.page)
  assert.match(await site.page.locator('#regions-hint').textContent(), /no numbers for its held-out group/)
  await chooseTab(site.page, 'cohort')
  assert.match(await site.page.getByTestId('cohort').textContent(), /no table of its held-out subjects/)
})

for (const bundle of [bundleName, PEOPLE]) {
  it(`the cohort's table of ${bundle} is the manifest's, and its numbers open their cases`, async (test) => {
    const { held_back: heldBack, samples, phantom, performance } = manifest(bundle)
    const site = await open(browser, { query: `?bundle=${bundle}` })
    test.after(site.close)
    const { page } = site
    await chooseTab(page, 'cohort')
    const cells = page.getByTestId('cohort').locator('.table-one tbody tr').locator('td:nth-of-type(-n+2)')
    // Row by row: old, young, young made old, old made young; judged old, then young.
    const order = [
      [null, 'old'],
      [null, 'young'],
      ['young_to_old', 'young'],
      ['old_to_young', 'old']
    ].flatMap(([translated, group]) => ['old', 'young'].map((judged) => ({ translated, group, judged })))
    const found = order.map((wanted) => heldBack.table.find((cell) => Object.entries(wanted).every(([key, value]) => cell[key] === value)))
    assert.deepEqual((await cells.allTextContents()).map(Number), found.map(({ subjects }) => subjects))
    assert.equal(found.slice(0, 4).reduce((sum, { subjects }) => sum + subjects, 0), performance.test_subjects)

    const opening = found.map((cell) => cell.samples[0])
    assert.ok(opening.some(Boolean), 'no number opens a case')
    for (const [index, id] of opening.entries()) {
      assert.equal(await cells.nth(index).getByRole('button').count(), id ? 1 : 0)
      if (!id) continue
      const { title, direction } = samples.find((sample) => sample.id === id)
      assert.ok(phantom || /^Mean of (the )?\d+/.test(title), `${title}: a single person`)
      await cells.nth(index).getByRole('button').click()
      await until(`${title} is shown`, async () => (await lastResult(page)).name === title)
      assert.equal((await lastResult(page)).direction, direction)
    }
    assert.deepEqual(site.errors, [])
  })
}

describe('a phantom', () => {
  const { samples } = manifest()
  const withTruth = samples.findIndex(({ truth }) => truth)
  const withoutTruth = samples.findIndex(({ truth }) => !truth)
  let site, page
  before(async () => {
    site = await open(browser, { query: `?bundle=${bundleName}&backend=cpu` })
    page = site.page
    await showAllMaps(page)
    await chooseSample(page, samples, withTruth)
  })
  after(() => site?.close())

  it('is never shown as real', async () => {
    assert.match(await page.getByTestId('phantom-banner').textContent(), /Synthetic.*not on images of people/s)
    assert.ok(await page.getByTestId('phantom-banner').isVisible())
  })

  it('has its truth beside the difference, with how well they agree', async () => {
    const { difference, truth } = samples[withTruth]
    const mask = maskOf(bundleName)
    const [found, known] = [difference, truth].map((role) => valuesOf(role).filter((_, index) => mask[index]))
    const total = (values) => values.reduce((sum, value) => sum + Math.abs(value), 0)
    const [shown, size] = numbersIn(await page.getByTestId('agreement').textContent())
    assert.ok(Math.abs(shown - correlation(found, known)) <= 0.006, `${shown}, counted ${correlation(found, known)}`)
    assert.ok(Math.abs(size - total(found) / total(known)) <= 0.006, `${size} times, counted ${total(found) / total(known)}`)
    assert.ok(await page.getByTestId('panel-truth').isVisible())
    const truthPicture = await untilPicture(screenOf(page, 'truth'), 'a truth', (picture) => differing(picture, { ...picture, data: Buffer.alloc(picture.data.length) }) > 0.1)
    assert.ok(differing(truthPicture, await pictureOf(screenOf(page, 'difference'))) > 0.01, 'the truth is the difference itself')
  })

  it('answers four checks with numbers, and shows the maps of shuffled weights under their name', async () => {
    await chooseTab(page, 'checks')
    assert.ok(await page.getByTestId('checks-maps').isDisabled())
    await page.getByTestId('checks-run').click()
    const lines = page.getByTestId('checks-rows').locator('tr')
    await lines.first().waitFor({ timeout: EXPLAIN_LIMIT_MS })
    const found = await lines.locator('td:nth-of-type(1)').allTextContents()
    assert.equal(found.length, 4)
    for (const text of found) assert.ok(numbersIn(text).every(Number.isFinite) && numbersIn(text).length > 0, `no number: ${text}`)
    const mask = maskOf(bundleName)
    const change = mean(valuesOf(samples[withTruth].difference).filter((_, index) => mask[index]).map(Math.abs))
    assert.ok(Math.abs(numbersIn(found[0])[1] - change) <= 2e-4, `${found[0]}; the mean change is ${change}`)
    const shuffled = numbersIn(found[3])
    assert.ok(shuffled.length === 2 && shuffled.every((value) => Math.abs(value) < 0.9), `shuffled weights draw the same maps: ${found[3]}`)

    const [screen, learned] = [screenOf(page, 'difference'), await pictureOf(screenOf(page, 'difference'))]
    const titles = () => page.locator('#difference-title, #cam-title').allTextContents()
    const names = await titles()
    await page.getByTestId('checks-maps').check()
    await untilPicture(screen, 'other maps', (picture) => differing(picture, learned) > 0.05)
    assert.deepEqual(await titles(), names.map((name) => `${name}, weights shuffled`))
    await page.getByTestId('checks-maps').uncheck()
    await untilPicture(screen, 'the maps of learned weights', (picture) => differing(picture, learned) < 0.01)
    assert.deepEqual(await titles(), names)
  })

  it('takes checks and truth away with it', async () => {
    await chooseSample(page, samples, withoutTruth)
    assert.ok(await page.getByTestId('panel-truth').isHidden())
    assert.ok(await page.getByTestId('agreement').isHidden())
    assert.equal(await page.getByTestId('checks-rows').locator('tr').count(), 0)
    assert.ok(await page.getByTestId('checks-maps').isDisabled())
    assert.deepEqual(site.errors, [])
  })
})

describe('the model card', () => {
  for (const bundle of bundles) {
    it(`of ${bundle} tells data, split, accuracy with its interval, licence, and what it is not for`, async (test) => {
      const { performance, data, phantom } = manifest(bundle)
      const site = await open(browser, { query: `?bundle=${bundle}` })
      test.after(site.close)
      const { page } = site
      await chooseTab(page, 'card')
      const card = page.getByTestId('model-card')
      const text = await card.textContent()
      assert.match(text, /Not for diagnosis/)
      const rows = Object.fromEntries(await card.locator('dt').evaluateAll((names) => names.map((name) => [name.textContent, name.nextElementSibling.textContent])))
      const percents = [performance.accuracy, ...performance.accuracy_interval].map((share) => Math.round(100 * share))
      const [accuracy, , low, high, subjects] = numbersIn(rows.Accuracy)
      assert.deepEqual([accuracy, low, high, subjects], [...percents, performance.test_subjects])
      assert.ok(rows.Data.includes(data.description.slice(0, 40)) && rows.Licence === data.license.replace(/ \([^)]*\.md\)/, ''))
      assert.ok(rows.Split.includes(String(data.seed)))
      if (data.acknowledgement) assert.equal(rows.Acknowledgement, data.acknowledgement)
      assert.equal(await page.getByTestId('phantom-banner').isVisible(), phantom)
      // A mean of people is none of them, and is not judged.
      const caution = page.getByTestId('caution')
      assert.equal(await page.locator('#odds').isVisible(), phantom)
      if (phantom) assert.ok(await caution.isHidden())
      else {
        assert.match(await caution.textContent(), /mean over many brains/)
        assert.match(await page.getByTestId('verdict').textContent(), /^Mean of \d+ (young|old) people.*, translated to (young|old) age$/)
        const json = JSON.parse((await save(page, 'json')).bytes)
        assert.deepEqual([json.is_mean, json.judged, 'probability_old_before' in json], [true, null, false])
      }
    })
  }

  it('stands beside at least six samples, each under a licence', () => {
    const all = bundles.map((bundle) => manifest(bundle))
    assert.ok(all.every(({ data }) => data.license))
    assert.ok(all.reduce((sum, { samples }) => sum + samples.length, 0) >= 6)
  })
})

it('the verdict tells both probabilities and the largest changes in words', async (test) => {
  const site = await open(browser, { query: `?bundle=phantom` })
  test.after(site.close)
  const { page } = site
  const { samples, grid } = manifest('phantom')
  const { probability_old_before: before, probability_old_after: after, difference, age } = samples[0]
  const [first, then] = [before, after].map((probability) => (probability < 0.5 ? 'young' : 'old'))
  for (const [id, probability, judged] of [
    ['before', before, first],
    ['after', after, then]
  ]) {
    const text = await page.getByTestId(`probability-${id}`).textContent()
    assert.ok(Math.abs(numberIn(text) - 100 * probability) <= 1, `${id}: ${text}`)
    assert.ok(text.includes(`judged ${judged}`), text)
  }
  assert.notEqual(first, then, 'the first phantom shows a change of mind')
  const words = `The model judges this brain ${first} (estimated age: ${Math.round(age.years)} years); translated to ${then} age, it is judged ${then}.`
  assert.equal(await page.getByTestId('verdict').textContent(), words)
  // What the groups are is told beside it, once.
  assert.match(await page.locator('#verdict').textContent(), /under 45 years.*50 years or over/)
  const values = valuesOf(difference, 'phantom')
  for (const [word, index] of [
    ['loss', values.indexOf(values.reduce((a, b) => Math.min(a, b)))],
    ['gain', values.indexOf(values.reduce((a, b) => Math.max(a, b)))]
  ]) {
    const sentence = (await page.getByTestId('change-words').textContent()).match(new RegExp(`Largest ${word}: [^.]*\\.[^)]*\\)`))[0]
    const [change, ...place] = numbersIn(sentence)
    assert.ok(Math.abs(change - values[index]) <= 0.0051, sentence)
    assert.deepEqual(place, placeOnGrid(index, grid.shape, grid.mni_from_voxel))
  }
})
