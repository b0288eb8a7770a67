// How a visitor looks at the maps: controls, crosshair, tabs, saving; and what the page says then.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { until } from './site.mjs'

export const screenOf = (page, map) => page.locator(`.panel[data-map=${map}] .screen`)

export const chooseMode = (page, mode) => page.locator(`input[name=mode][value=${mode}]`).check({ force: true })

/** Puts Grad-CAM, and the truth where it is known, beside the maps of what changed. */
export const showAllMaps = (page) => page.getByTestId('all-maps').check()

export const chooseTab = (page, tab) => page.locator(`#tab-${tab}`).click()

/** Brings the page into a language, whose texts may have to be fetched. */
export async function speak(page, language) {
  await page.getByTestId('language').selectOption(language)
  await page.locator(`html[lang|="${language}"]`).waitFor()
}

const untilSample = (page, { title }) =>
  until(`${title} is shown`, () => page.evaluate((title) => window.agelens.lastResult()?.name === title && window.agelens.state === 'ready', title))

/** Opens a bundle, and waits for the first of its samples. */
export async function chooseBundle(page, bundle, samples) {
  await page.getByTestId('bundle-select').selectOption(bundle)
  await untilSample(page, samples[0])
}

/** Opens a sample by its place in the manifest, and waits for it. */
export async function chooseSample(page, samples, index) {
  await page.getByTestId('sample-select').selectOption(String(index))
  await untilSample(page, samples[index])
}

/** Waits for the names of regions, which come after the first picture. */
export const untilNamed = (page) => page.locator('#regions-rows tr').first().waitFor({ state: 'attached' })

/** Moves the crosshair by its three sliders, mm. */
export async function moveTo(page, place) {
  for (const [axis, mm] of place.entries()) await page.locator(`input[data-axis="${axis}"]`).fill(String(mm))
}

/** Where the sliders say that the crosshair is, mm. */
export const placeOf = (page) => page.locator('input[data-axis]').evaluateAll((sliders) => sliders.map((slider) => slider.valueAsNumber))

/** Ends of the crosshair's lines in each map on the screen, in percent of it. */
export const crosshairsOf = (page) =>
  page.evaluate(() => {
    const ends = (line) => ['x1', 'y1', 'x2', 'y2'].map((name) => Number.parseFloat(line.getAttribute(name)))
    const panels = [...document.querySelectorAll('.panel:not([data-map=volume])')].filter((panel) => panel.checkVisibility())
    return Object.fromEntries(panels.map((panel) => [panel.dataset.map, [...panel.querySelectorAll('.crosshair line')].map(ends)]))
  })

/** All maps on the screen, `count` of them, have the crosshair in the same place; resolves to its lines. */
export async function assertLinked(page, count) {
  const [[first, lines], ...others] = Object.entries(await crosshairsOf(page))
  assert.equal(others.length + 1, count, 'maps on the screen')
  assert.ok(lines.length >= 4, `${first} has no crosshair`)
  for (const [map, own] of others) {
    const isSame = own.length === lines.length && own.flat().every((percent, index) => Math.abs(percent - lines.flat()[index]) < 0.01)
    assert.ok(isSame, `${map} has the crosshair elsewhere than ${first}`)
  }
  return lines
}

/** The first number of a text as people read it. */
export const numberIn = (text) => Number(text.replaceAll('−', '-').match(/-?\d+(\.\d+)?/)?.[0])

/** All numbers of a text. */
export const numbersIn = (text) => (text.replaceAll('−', '-').match(/-?\d+(\.\d+)?/g) ?? []).map(Number)

/** What the readout says of the maps under the crosshair. */
export async function valuesOf(page) {
  const texts = await page.locator('dd[data-value]').evaluateAll((cells) => cells.map((cell) => [cell.dataset.value, cell.textContent]))
  return Object.fromEntries(texts.map(([name, text]) => [name, numberIn(text)]))
}

/** All that a link holds, as the controls have it. */
export const stateOf = (page) =>
  page.evaluate(() => {
    const find = (selector) => document.querySelector(selector)
    const chosen = (name) => find(`input[name=${name}]:checked`).value
    const at = (axis) => find(`input[data-axis="${axis}"]`).valueAsNumber
    const sliders = Object.fromEntries(['blend', 'wipe', 'threshold', 'opacity', 'contrast'].map((id) => [id, find(`#${id}`).value]))
    return {
      bundle: find('#bundle').value,
      image: find('#sample').selectedOptions[0]?.textContent,
      shown: find('#verdict-detail').textContent,
      direction: chosen('direction'),
      mode: chosen('mode'),
      layout: find('#maps').dataset.mode,
      language: find('#language').value,
      lang: document.documentElement.lang,
      at: [at(0), at(1), at(2)],
      region: find('#region-name').textContent,
      ...sliders,
      anatomy: find('#anatomy').checked,
      radiological: find('#radiological').checked,
      allMaps: find('#all-maps').checked,
      tab: find('[role=tab][aria-selected=true]').id,
      lesson: find('#lesson-title')?.textContent ?? ''
    }
  })

/** Keys and values of the address's fragment. */
export const fragmentOf = (page) => page.evaluate(() => Object.fromEntries(new URLSearchParams(location.hash.slice(1))))

/** Waits until the address has these keys and values. */
export async function untilAddress(page, wanted) {
  let found
  const isThere = async () => {
    found = await fragmentOf(page)
    return Object.entries(wanted).every(([key, value]) => found[key] === value)
  }
  await until(`the address has ${JSON.stringify(wanted)}`, isThere)
  return found
}

/** Saves by the menu; `what`: png, original, translated, difference, cam, csv or json. Resolves to name and bytes. */
export async function save(page, what) {
  await page.locator('#exports summary').click()
  const [found] = await Promise.all([page.waitForEvent('download'), page.locator(`[data-export=${what}]`).click()])
  return { name: found.suggestedFilename(), bytes: readFileSync(await found.path()) }
}
