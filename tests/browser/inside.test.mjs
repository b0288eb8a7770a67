// The opened classifier: what is in the tab is counted once more here, from what the page shows elsewhere.

import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { seriousFindings } from './support/access.mjs'
import { chooseBundle, chooseSample, chooseTab, numbersIn, untilNamed } from './support/looking.mjs'
import { manifest } from './support/native.mjs'
import { differing, pictureOf } from './support/pictures.mjs'
import { bundleName, EXPLAIN_LIMIT_MS, lastResult, launch, open, until } from './support/site.mjs'

const PEOPLE = 'oasis1-t1-slab'
const { samples } = manifest()
/** Half of the last digit of log-odds, three times: the line has three of them. */
const ROUNDED = 0.0016

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

const openTab = async (test, query, profile) => {
  const site = await open(browser, { query: `${query}&backend=cpu&sw=off`, profile })
  test.after(site.close)
  await chooseTab(site.page, 'inside')
  return site
}
const lookInside = async (page) => {
  await page.getByTestId('inside-run').click()
  await page.getByTestId('inside-steps').waitFor({ timeout: EXPLAIN_LIMIT_MS })
  await until('the page rests', () => page.evaluate(() => window.agelens.state === 'ready'))
}
const sumOf = (page) => page.getByTestId('inside-sum').textContent()
const cells = (page) => page.getByTestId('inside-cells').locator('button')
const labelOf = (cell) => cell.getAttribute('aria-label')
/** What a cell says it adds. */
const shareOf = async (cell) => numbersIn(await labelOf(cell)).at(-1)
/** Place of the cell of this slice that adds most, either way. */
const strongest = async (page) => {
  const shares = await cells(page).evaluateAll((all) => all.map((cell) => cell.getAttribute('aria-label')))
  const sizes = shares.map((label) => Math.abs(numbersIn(label).at(-1)))
  return sizes.indexOf(Math.max(...sizes))
}

for (const bundle of [bundleName, PEOPLE]) {
  it(`adds up to the answer that is shown: ${bundle}`, async (test) => {
    const { page, errors } = await openTab(test, `?bundle=${bundle}`)
    assert.ok(await page.getByTestId('inside-steps').isHidden(), 'open before anybody asked')
    await lookInside(page)
    const [empty, all, sum, percent] = numbersIn(await sumOf(page))
    assert.ok(Math.abs(empty + all - sum) <= ROUNDED, `${empty} and ${all} are not ${sum}`)
    const { probabilityOldBefore } = await lastResult(page)
    assert.ok(Math.abs(100 / (1 + Math.exp(-sum)) - percent) <= 0.06, `${sum} is not ${percent}%`)
    assert.ok(Math.abs(100 * probabilityOldBefore - percent) <= 0.1, `${percent}% here, ${probabilityOldBefore} elsewhere`)

    // The shares of the cells of all slices are what they add together.
    const slider = page.getByTestId('inside-slice')
    const last = Number(await slider.getAttribute('max'))
    assert.equal(last + 1, manifest(bundle).grid.shape[2])
    let total = 0
    for (let slice = 0; slice <= last; slice += 1) {
      await slider.fill(String(slice))
      const labels = await cells(page).evaluateAll((all) => all.map((cell) => cell.getAttribute('aria-label')))
      total += labels.reduce((sum, label) => sum + numbersIn(label).at(-1), 0)
    }
    const [columns, rows] = manifest(bundle).grid.shape.map((side) => side / 8)
    assert.equal(await cells(page).count(), columns * rows)
    assert.ok(Math.abs(total - all) <= 0.0003 * columns * rows * (last + 1), `cells: ${total}, together ${all}`)
    assert.deepEqual(errors, [])
  })
}

it('a cell that is covered counts nothing, and uncovered as before', async (test) => {
  const { page, errors } = await openTab(test, `?bundle=${bundleName}`)
  await lookInside(page)
  const first = await sumOf(page)
  const cell = cells(page).nth(await strongest(page))
  const share = await shareOf(cell)
  assert.ok(Math.abs(share) > 0.05, `the strongest cell adds ${share}`)
  const picture = page.locator('#inside-picture')
  const before = await pictureOf(picture)
  await cell.click()
  assert.equal(await cell.getAttribute('aria-pressed'), 'true')
  const [sum, covered] = [numbersIn(first)[2], numbersIn(await sumOf(page))]
  assert.ok(Math.abs(sum - share - covered[3]) <= ROUNDED && covered[2] === 1, `${first}; covered: ${covered}`)
  assert.ok(differing(before, await pictureOf(picture)) > 0.005, 'the picture does not show it')

  // What its filters count is what it counts.
  const parts = await page.locator('#inside-filters span').allTextContents()
  const told = parts.map(numbersIn)
  assert.equal(told.length, 8)
  for (const [mean, weight, part] of told) assert.ok(Math.abs(mean * weight - part) < 0.01 + 0.005 * Math.abs(mean), `${mean} × ${weight} = ${part}`)
  assert.ok(Math.abs(told.reduce((all, [, , part]) => all + part, 0) - share) <= 0.005, `${parts}; the cell: ${share}`)

  await cell.click()
  assert.equal(await sumOf(page), first)
  // All slices covered: what is left is the answer without grey matter.
  const slider = page.getByTestId('inside-slice')
  for (let slice = 0; slice < manifest().grid.shape[2]; slice += 1) {
    await slider.fill(String(slice))
    await page.getByTestId('inside-cover').click()
  }
  const [empty, none, , whole] = numbersIn(await sumOf(page))
  assert.deepEqual([none, whole], [0, empty])
  await page.getByTestId('inside-uncover').click()
  assert.equal(await sumOf(page), first)
  assert.ok(await page.getByTestId('inside-uncover').isDisabled())
  assert.deepEqual(errors, [])
})

it('is worked by the keyboard, also in the radiological view', async (test) => {
  const { page, errors } = await openTab(test, `?bundle=${bundleName}`)
  await lookInside(page)
  const [, sum] = [await cells(page).nth(0).focus(), await sumOf(page)]
  const focused = () => page.evaluate(() => document.activeElement.dataset.cell)
  for (const [key, place] of [['ArrowRight', '1,0'], ['ArrowDown', '1,1'], ['ArrowLeft', '0,1'], ['ArrowUp', '0,0'], ['ArrowUp', '0,0']]) {
    await page.keyboard.press(key)
    assert.equal(await focused(), place, key)
  }
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Space')
  assert.equal(await page.locator('[data-cell="0,1"]').getAttribute('aria-pressed'), 'true')
  assert.equal(await focused(), '0,1', 'the focus is lost')
  assert.notEqual(await sumOf(page), sum)
  assert.equal(await page.locator('#inside-cells [tabindex="0"]').count(), 1)

  const left = async () => (await page.locator('[data-cell="0,1"]').boundingBox()).x
  const before = await left()
  await page.locator('#radiological').check()
  assert.ok((await left()) > before + 50, 'left stays left')
  assert.deepEqual(await page.locator('.inside-sides span').allTextContents(), ['R', 'L'])
  await page.locator('[data-cell="0,1"]').focus()
  await page.keyboard.press('ArrowLeft')
  assert.equal(await focused(), '1,1')
  assert.deepEqual(errors, [])
})

it('nothing of it outlives its image or its model', async (test) => {
  const { page, errors } = await openTab(test, `?bundle=${bundleName}`)
  await lookInside(page)
  const first = await sumOf(page)
  await cells(page).nth(await strongest(page)).click()
  await chooseSample(page, samples, 1)
  assert.ok(await page.getByTestId('inside-steps').isHidden())
  assert.equal(await cells(page).count(), 0)
  assert.equal(await page.locator('#inside-image').evaluate((canvas) => canvas.width), 1, 'the slice is still there')
  await lookInside(page)
  const second = await sumOf(page)
  assert.notEqual(numbersIn(second)[2], numbersIn(first)[2])
  assert.ok(Math.abs(numbersIn(second)[3] - 100 * (await lastResult(page)).probabilityOldBefore) <= 0.1, second)
  assert.equal(await page.locator('#inside-cells [aria-pressed="true"]').count(), 0, 'covered before it was looked at')

  // While it is computed, another image is opened.
  await chooseSample(page, samples, 0)
  await page.evaluate(() => document.querySelector('#inside-run').click())
  await chooseSample(page, samples, 1)
  await page.waitForTimeout(1500)
  assert.ok(await page.getByTestId('inside-steps').isHidden(), 'an answer to what is not open any more')

  await chooseBundle(page, PEOPLE, manifest(PEOPLE).samples)
  await untilNamed(page)
  assert.ok(await page.getByTestId('inside-steps').isHidden())
  await lookInside(page)
  assert.equal(await cells(page).count(), 120)
  const drawn = await page.locator('#inside-kernel-7').evaluate((canvas) => [canvas.width, canvas.height])
  assert.deepEqual(drawn, [5, 5])
  assert.deepEqual(errors, [])
})

for (const profile of [
  { viewport: { width: 360, height: 800 }, colorScheme: 'dark' },
  { viewport: { width: 1280, height: 800 }, colorScheme: 'light', forcedColors: 'active' }
]) {
  it(`has no serious finding and is not too wide: ${profile.viewport.width} px, ${profile.colorScheme}`, async (test) => {
    const { page, errors } = await openTab(test, `?bundle=${PEOPLE}`, profile)
    await lookInside(page)
    await cells(page).nth(40).click()
    assert.deepEqual(await seriousFindings(page), [])
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    assert.ok(overflow <= 0, `${overflow} px too wide`)
    assert.deepEqual(errors, [])
  })
}
