// A result saved as one HTML file: whoever gets it sees maps and words without a network, and nothing else runs in it.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { PNG } from 'pngjs'
import { seriousFindings } from './support/access.mjs'
import { chooseSample, moveTo, numberIn, placeOf, speak, untilNamed, valuesOf } from './support/looking.mjs'
import { manifest, phantomSubjects, scratchFolder } from './support/native.mjs'
import { brightness, coloured, differing, lit, mirrored } from './support/pictures.mjs'
import { bundleName, choose, explain, launch, open, until } from './support/site.mjs'
import { texts } from './support/languages.mjs'

/** Of a whole head with five maps. */
const LIMIT_BYTES = 1_500_000
const MAPS = ['original', 'translated', 'difference', 'cam', 'truth']
const HOSTILE = '<script>window.hacked = 1</script><img src=x onerror="window.hacked = 1">&«data».nii.gz'

let browser, scratch
before(async () => {
  browser = await launch()
  scratch = scratchFolder()
})
after(async () => {
  await browser?.close()
  scratch?.remove()
})

const choosesToSave = async (page) => {
  await page.locator('#exports summary').click()
  await page.getByTestId('export-html').click()
}

/** Name, bytes and address on this disk of what `act` makes the page save. */
async function saved(page, act = choosesToSave) {
  const [found] = await Promise.all([page.waitForEvent('download'), act(page)])
  const bytes = readFileSync(await found.path())
  const path = join(scratch.path, `${Date.now()}.html`)
  writeFileSync(path, bytes)
  return { name: found.suggestedFilename(), bytes, url: pathToFileURL(path).href }
}

/** Opens a file of the disk in a browser without a network, and notes all that it asks for or complains of. */
async function openFile(url, profile = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, offline: true, ...profile })
  const [wanted, complaints] = [[], []]
  await context.route('**', (route) => {
    if (route.request().url() === url) return route.continue()
    wanted.push(route.request().url())
    return route.abort()
  })
  const page = await context.newPage()
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(url)
  return { page, wanted, complaints, close: () => context.close() }
}

/** Pixels of a map, as its canvas has them. */
async function canvasOf(page, map) {
  const address = await page.locator(`.panel[data-map=${map}] canvas`).evaluate((canvas) => canvas.toDataURL())
  return PNG.sync.read(Buffer.from(address.split(',')[1], 'base64'))
}

const slider = (page, axis) => page.locator(`input[data-axis="${axis}"]`)

describe('a saved sample', () => {
  const { samples } = manifest('phantom')
  let site, file, opened, page, told
  before(async () => {
    site = await open(browser, { query: '?bundle=phantom' })
    await untilNamed(site.page)
    await chooseSample(site.page, samples, samples.findIndex(({ id }) => id === 'phantom-young'))
    await untilNamed(site.page)
    await moveTo(site.page, [-38, -14, 10])
    const text = (selector) => site.page.locator(selector).textContent()
    told = {
      place: await placeOf(site.page),
      values: await valuesOf(site.page),
      verdict: await text('#verdict-title'),
      sentences: await Promise.all(['#verdict-detail', '#change-words', '#agreement', '#provenance', '#odds-before .odds-text', '#odds-after .odds-text', '#regions-hint'].map(text)),
      region: await site.page.locator('#regions-rows tr').first().evaluate((row) => [...row.cells].map((cell) => cell.textContent))
    }
    file = await saved(site.page)
    opened = await openFile(file.url)
    page = opened.page
  })
  after(async () => {
    await opened?.close()
    await site?.close()
  })

  it('is one file, saved without a question, that asks for nothing', async () => {
    assert.equal(file.name, 'agelens_Phantom-PH0008-young-held-out_result.html')
    assert.ok(file.bytes.length < LIMIT_BYTES, `${file.bytes.length} bytes`)
    console.log(`a saved head with five maps: ${(file.bytes.length / 1e6).toFixed(2)} MB`)
    assert.doesNotMatch(file.bytes.toString(), /[«»]|(?:src|href)="(?!data:)/)
    assert.deepEqual([opened.wanted, opened.complaints, site.errors], [[], [], []])
  })

  it('shows all maps, in their colours, with the ends of their scales', async () => {
    assert.deepEqual(await page.locator('.panel').evaluateAll((panels) => panels.map(({ dataset }) => dataset.map)), MAPS)
    for (const map of MAPS) {
      const picture = await canvasOf(page, map)
      assert.ok(lit(picture) > 0.1, `${map} is blank`)
      const share = coloured(picture)
      // The crosshair has a colour too.
      if (['original', 'translated'].includes(map)) assert.ok(share < 0.02, `${map}: ${share}`)
      else assert.ok(share > 0.04, `${map}: ${share}`)
    }
    const ends = await page.locator('.panel[data-map=difference] .scale').textContent()
    assert.equal(ends, await site.page.locator('.panel[data-map=difference] .scale').textContent())
  })

  it('says what the page says', async () => {
    const all = await page.locator('body').innerText()
    assert.equal(await page.locator('h1').textContent(), told.verdict)
    const groups = await site.page.locator('#verdict-groups').textContent()
    assert.match(groups, /under 45 years/)
    for (const sentence of [...told.sentences, texts.en['card.diagnosis'], texts.en['phantom.title'], texts.en['view.neurological'], groups]) {
      assert.ok(all.includes(sentence), `not in the file: ${sentence}`)
    }
    assert.match(all, /Model phantom, version [0-9a-f]+/)
    assert.match(all, /Saved with AgeLens \d+\.\d+\.\d+/)
    const row = await page.locator('tbody tr').first().evaluate((row) => [...row.cells].map((cell) => cell.textContent))
    assert.deepEqual(row, told.region)
    assert.match(await page.title(), /^Phantom PH0008.*judges.*AgeLens$/)
  })

  it('has the values of the page under the crosshair, rounded', async () => {
    assert.deepEqual(await placeOf(page), told.place)
    for (const map of MAPS) {
      const text = await page.locator(`.panel[data-map=${map}] output`).textContent()
      const isBeyond = /[≤≥]/.test(text)
      const [found, wanted] = [numberIn(text), told.values[map]]
      assert.ok(isBeyond ? Math.abs(wanted) >= Math.abs(found) : Math.abs(found - wanted) < 0.01, `${map}: ${text}, not ${wanted}`)
    }
  })

  it('moves by sliders, by clicks, by keys and by its regions', async () => {
    const pictures = () => Promise.all(MAPS.map((map) => canvasOf(page, map)))
    const first = await pictures()
    await slider(page, 2).fill('30')
    assert.match(await slider(page, 2).getAttribute('aria-valuetext'), /^30\smm$/)
    for (const [index, picture] of (await pictures()).entries()) assert.ok(differing(picture, first[index]) > 0.05, `${MAPS[index]} stays`)

    await slider(page, 0).focus()
    await page.keyboard.press('ArrowRight')
    assert.deepEqual(await placeOf(page), [-34, -14, 30])

    const canvas = page.locator('.panel[data-map=original] canvas')
    const { width, height } = await canvas.boundingBox()
    await canvas.click({ position: { x: width * 0.7, y: height * 0.2 } })
    const [x, y, z] = await placeOf(page)
    assert.ok(x > 20 && y > 20 && z === 30, `${[x, y, z]}`)
    await page.keyboard.press('PageUp')
    // The canvas has the keyboard only where it was chosen by it.
    await canvas.focus()
    await page.keyboard.press('PageDown')
    await page.keyboard.press('ArrowLeft')
    assert.equal((await placeOf(page))[0], x - 4)

    await page.locator('tbody button').first().click()
    const readout = numberIn(await page.locator('.panel[data-map=difference] output').textContent())
    assert.ok(Math.abs(readout) >= 0.1, `no large change in the first region: ${readout}`)
    assert.deepEqual(opened.complaints, [])
  })

  it('enlarges one map at a time', async () => {
    const sizes = () => page.locator('.panel canvas').evaluateAll((canvases) => canvases.map(({ clientWidth, width }) => [clientWidth, width]))
    const [[before]] = await sizes()
    const buttons = page.locator('.enlarge')
    await buttons.nth(0).click()
    await until('the drawing is as large', async () => (await sizes())[0].every((size) => size > 1.5 * before))
    await buttons.nth(2).click()
    assert.deepEqual(await buttons.evaluateAll((all) => all.map((button) => button.getAttribute('aria-pressed'))), ['false', 'false', 'true', 'false', 'false'])
    await buttons.nth(2).click()
    await until('all are as before', async () => (await sizes()).every(([size]) => size === before))
  })

  for (const [colorScheme, width] of [['light', 1280], ['dark', 390]]) {
    it(`can be read by everybody, ${colorScheme}, ${width} px wide`, async () => {
      const narrow = await openFile(file.url, { viewport: { width, height: 844 }, colorScheme })
      assert.ok(await narrow.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it is too wide')
      for (const map of MAPS) assert.ok(lit(await canvasOf(narrow.page, map)) > 0.1, `${map} is blank`)
      // In a policy that lets nothing else run, axe can only be put in from outside.
      const checked = await openFile(file.url, { viewport: { width, height: 844 }, colorScheme, bypassCSP: true })
      assert.deepEqual(await seriousFindings(checked.page), [])
      await checked.close()
      await narrow.close()
    })
  }

  it('tells its words where no script runs', async () => {
    const still = await openFile(file.url, { javaScriptEnabled: false })
    const all = await still.page.locator('body').innerText()
    for (const sentence of [told.verdict, texts.en['result.noscript'], texts.en['card.diagnosis'], told.region[0]]) assert.ok(all.includes(sentence), sentence)
    assert.ok(await still.page.locator('#maps').isHidden())
    await still.close()
  })

  it('lets no other script run', async () => {
    const hacked = await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'window.hacked = 1'
      document.body.append(script)
      return window.hacked
    })
    assert.equal(hacked, undefined)
  })

  it('has the sides and the language that the page has', async () => {
    await site.page.locator('#radiological').check()
    await speak(site.page, 'ja')
    const verdict = await site.page.locator('#verdict-title').textContent()
    await moveTo(site.page, [2, -14, 10])
    const [turned, again] = [await openFile((await saved(site.page)).url), await openFile(file.url)]
    await moveTo(again.page, [2, -14, 10])
    const top = (picture) => ({ ...picture, height: Math.floor(picture.height * 0.6), data: picture.data.subarray(0, 4 * picture.width * Math.floor(picture.height * 0.6)) })
    const [mine, theirs] = await Promise.all([turned, again].map(async ({ page }) => top(await canvasOf(page, 'truth'))))
    assert.ok(differing(mirrored(mine), theirs) < 0.05 && differing(mine, theirs) > 0.1, 'not mirrored')
    assert.match(await turned.page.locator('html').getAttribute('lang'), /^ja/)
    assert.equal(await turned.page.locator('h1').textContent(), verdict)
    const all = await turned.page.locator('body').innerText()
    for (const key of ['view.radiological', 'card.diagnosis', 'result.hint', 'axis.x']) assert.ok(all.includes(texts.ja[key]), key)
    assert.deepEqual([turned.wanted, turned.complaints], [[], []])
    await turned.close()
    await again.close()
  })

  it('of a mean has no verdict', async () => {
    await speak(site.page, 'en')
    await chooseSample(site.page, samples, samples.findIndex(({ id }) => id === 'mean-young'))
    const mean = await openFile((await saved(site.page)).url)
    const all = await mean.page.locator('body').innerText()
    assert.match(all, /Mean of 146 young phantoms/)
    assert.doesNotMatch(all, /P\(old\)|The model judges/)
    assert.ok(brightness(await canvasOf(mean.page, 'original')) > 10)
    await mean.close()
  })

  it('can be saved without a network', async () => {
    await site.page.waitForFunction(() => navigator.serviceWorker.controller)
    await site.setOffline(true)
    const { bytes } = await saved(site.page)
    assert.match(bytes.toString(), /Mean of 146 young phantoms/)
  })
})

describe('the visitor’s own scan', () => {
  let site, page
  before(async () => {
    site = await open(browser, { query: `?bundle=${bundleName}&backend=cpu` })
    page = site.page
    const [path] = phantomSubjects(scratch.path)
    await choose(page, { name: HOSTILE, mimeType: 'application/gzip', buffer: readFileSync(path) })
    await explain(page)
  })
  after(() => site?.close())

  it('is saved only after a question', async () => {
    const dialog = page.getByTestId('own-dialog')
    let count = 0
    page.on('download', () => (count += 1))
    for (const leave of [() => page.getByTestId('own-leave').click(), () => page.keyboard.press('Escape'), () => page.keyboard.press('Enter')]) {
      await choosesToSave(page)
      await dialog.waitFor()
      assert.match(await dialog.innerText(), /will contain your own scan/)
      assert.ok(await page.getByTestId('own-leave').evaluate((button) => button === document.activeElement), 'Enter would save')
      await leave()
      await dialog.waitFor({ state: 'hidden' })
    }
    // Long enough for the document of a result to come.
    await page.waitForTimeout(1000)
    assert.equal(count, 0)
  })

  it('stands in the file under its name, which is never taken for HTML', async () => {
    const file = await saved(page, async () => {
      await choosesToSave(page)
      await page.getByTestId('own-save').click()
    })
    assert.match(file.name, /^agelens_[\w.-]+_result\.html$/)
    const { page: found, wanted, complaints, close } = await openFile(file.url)
    assert.ok((await found.locator('.words').innerText()).includes(HOSTILE))
    assert.ok((await found.title()).startsWith(HOSTILE))
    assert.deepEqual([await found.evaluate(() => window.hacked), wanted, complaints], [undefined, [], []])
    for (const map of MAPS.slice(0, 4)) assert.ok(lit(await canvasOf(found, map)) > 0.1, `${map} is blank`)
    assert.equal(await found.locator('.panel').count(), 4)
    await close()
    assert.deepEqual([site.errors, site.uploads], [[], []])
  })
})
