// A link reproduces what its sender saw, whatever is done to it; what is saved is what is shown.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { PNG } from 'pngjs'
import { chooseBundle, chooseMode, chooseSample, chooseTab, fragmentOf, moveTo, placeOf, save, screenOf, showAllMaps, speak, stateOf, untilAddress, untilNamed } from './support/looking.mjs'
import { bundleFile, manifest } from './support/native.mjs'
import { readVolume } from './support/nifti.mjs'
import { coloursIn, lit, untilPicture } from './support/pictures.mjs'
import { bundleFolder, bundleName, choose, copyLink, explain, lastResult, launch, open, until, untilShown } from './support/site.mjs'

const PROFILE = { permissions: ['clipboard-read', 'clipboard-write'], viewport: { width: 1440, height: 900 } }
const OWN_NAME = 'my-own-head.nii.gz'

/** First letters of the hash of the bundle's manifest. */
const version = createHash('sha256').update(readFileSync(join(bundleFolder, 'manifest.json'))).digest('hex').slice(0, 8)
const { samples } = manifest()
const indexOf = (id) => samples.findIndex((sample) => sample.id === id)

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

/** What another person sees who opens a link. */
async function receive(link) {
  const context = await browser.newContext({ viewport: PROFILE.viewport })
  const page = await context.newPage()
  const errors = []
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(link)
  await untilShown(page)
  return { page, errors, close: () => context.close() }
}

describe('a link', () => {
  let site, page
  before(async () => {
    site = await open(browser, { query: `?bundle=${bundleName}`, profile: PROFILE })
    page = site.page
    await untilNamed(page)
  })
  after(() => site?.close())

  it('of a first view is short', async () => {
    const found = await untilAddress(page, { v: '1', bundle: bundleName })
    assert.deepEqual(Object.keys(found).sort(), ['bundle', 'hash', 'lang', 'sample', 'v'])
    assert.equal(found.hash, version)
  })

  it('holds all that the visitor chose, and opens it for another', async () => {
    await page.getByTestId('lessons-open').click()
    await until('the lesson’s bundle is open', async () => (await stateOf(page)).bundle !== bundleName)
    await chooseBundle(page, bundleName, samples)
    await chooseSample(page, samples, indexOf('mean-old'))
    await page.locator('input[name=direction][value=old_to_young]').check({ force: true })
    await chooseMode(page, 'compare')
    await moveTo(page, [-30, 10, 12])
    for (const [id, value] of [['wipe', 0.3], ['threshold', 0.04], ['opacity', 0.6], ['contrast', 0.7]]) await page.locator(`#${id}`).fill(String(value))
    await page.locator('#anatomy').uncheck()
    await page.locator('#radiological').check()
    await showAllMaps(page)
    await chooseTab(page, 'cohort')
    await speak(page, 'ja')
    await untilAddress(page, {
      bundle: bundleName,
      hash: version,
      sample: 'mean-old',
      translate: 'old_to_young',
      mode: 'compare',
      at: '-30,10,12',
      wipe: '0.3',
      hide: '0.04',
      opacity: '0.6',
      white: '0.7',
      anatomy: '0',
      radiological: '1',
      maps: 'all',
      tab: 'cohort',
      lang: 'ja',
      lesson: 'young-or-old'
    })
    const [sent, link] = [await stateOf(page), await copyLink(page)]
    assert.equal(link, page.url())
    assert.ok(sent.lesson && sent.image && sent.region, 'the sender sees nothing')

    const other = await receive(link)
    const isSame = async () => JSON.stringify(await stateOf(other.page)) === JSON.stringify(sent)
    await until('the other sees the same', isSame).catch(() => {})
    assert.deepEqual(await stateOf(other.page), sent)
    assert.equal((await lastResult(other.page)).name, samples[indexOf('mean-old')].title)
    assert.equal(await screenOf(other.page, 'translated').locator('.edge[data-plane=axial][data-side=left]').textContent(), 'R')
    assert.ok(await other.page.getByTestId('notice').isHidden(), 'a notice about a good link')
    assert.deepEqual(other.errors, [])
    await other.close()
  })

  it('of a computed result has it computed for another', async () => {
    await page.evaluate((fragment) => (location.hash = fragment), `v=1&bundle=${bundleName}&lang=en`)
    await until('the bundle is open', async () => (await lastResult(page)).name === samples[0].title && (await page.evaluate(() => window.agelens.state)) === 'ready')
    const other = samples[0].direction === 'young_to_old' ? 'old_to_young' : 'young_to_old'
    await page.locator(`input[name=direction][value=${other}]`).check({ force: true })
    const sent = await explain(page)
    assert.equal(sent.direction, other)
    await untilAddress(page, { computed: other })
    const receiver = await receive(await copyLink(page))
    await until('the result is computed', async () => (await lastResult(receiver.page)).source === 'browser')
    const seen = await lastResult(receiver.page)
    assert.deepEqual([seen.name, seen.direction, seen.probabilityOldAfter], [sent.name, other, sent.probabilityOldAfter])
    assert.deepEqual(receiver.errors, [])
    await receiver.close()
    // The other way is the sample's own again, which needs no computing.
    await page.locator('input[name=direction][value=auto]').check({ force: true })
    await chooseSample(page, samples, 1)
    await untilAddress(page, { sample: samples[1].id })
    assert.equal((await fragmentOf(page)).computed, undefined)
  })

  it('is copied on plain HTTP, too, where browsers offer no clipboard to programs', async (test) => {
    const script = () => Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined })
    const plain = await open(browser, { query: `?bundle=${bundleName}`, script })
    test.after(plain.close)
    await plain.page.getByTestId('share').click()
    await plain.page.getByTestId('status').filter({ hasText: 'Link copied' }).waitFor()
    const paste = async () => {
      await plain.page.evaluate(() => document.body.append(Object.assign(document.createElement('textarea'), { id: 'paste' })))
      await plain.page.locator('#paste').focus()
      await plain.page.keyboard.press('ControlOrMeta+V')
      const text = await plain.page.locator('#paste').inputValue()
      await plain.page.evaluate(() => document.querySelector('#paste').remove())
      return text
    }
    assert.equal(await paste(), plain.page.url())
    await plain.page.getByTestId('diagnostics').click()
    const facts = await plain.page.getByTestId('diagnostics-text').textContent()
    await plain.page.locator('#diagnostics-copy').click()
    await plain.page.getByTestId('status').filter({ hasText: 'copied' }).waitFor()
    await plain.page.keyboard.press('Escape')
    assert.equal(await paste(), facts)
    assert.deepEqual(plain.errors, [])
  })

  it('that the browser will not copy stands in the address bar', async (test) => {
    const script = () => {
      Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined })
      Document.prototype.execCommand = () => false
    }
    const plain = await open(browser, { query: `?bundle=${bundleName}`, script })
    test.after(plain.close)
    await plain.page.getByTestId('share').click()
    await plain.page.getByTestId('status').filter({ hasText: 'address bar' }).waitFor()
    assert.ok(plain.page.url().includes('#v=1'))
  })

  it('stays one entry of the history', async () => {
    const length = await page.evaluate(() => history.length)
    await moveTo(page, [-26, 14, 12])
    await untilAddress(page, { at: '-26,14,12' })
    assert.equal(await page.evaluate(() => history.length), length)
  })

  it('that is pasted over the open page is opened there', async () => {
    await page.evaluate((fragment) => (location.hash = fragment), 'v=1&bundle=phantom&sample=phantom-old&at=2,-2,22&tab=card&lang=en')
    const { title } = manifest('phantom').samples.find(({ id }) => id === 'phantom-old')
    await until('the case is shown', async () => (await lastResult(page)).name === title)
    await until('the crosshair is there', async () => String(await placeOf(page)) === '2,-2,22')
    const found = await stateOf(page)
    assert.deepEqual([found.bundle, found.mode, found.tab, found.language, found.lesson], ['phantom', 'side', 'tab-card', 'en', ''])
    assert.deepEqual(site.errors, [])
  })

  it('never holds a scan of the visitor’s own, and both sides are told', async () => {
    await page.evaluate((fragment) => (location.hash = fragment), `v=1&bundle=${bundleName}&lang=en`)
    await until('the bundle is open', async () => (await lastResult(page)).name === samples[0].title)
    await choose(page, { name: OWN_NAME, mimeType: 'application/gzip', buffer: readFileSync(bundleFile(samples[1].original)) })
    const link = await copyLink(page)
    assert.match(await page.getByTestId('status').textContent(), /copied.*not your own scan/)
    assert.ok(!link.includes('my-own') && !link.includes('sample='), link)
    assert.equal((await fragmentOf(page)).scan, 'own')
    const other = await receive(link)
    await other.page.getByTestId('notice').filter({ hasText: 'scan of their own' }).waitFor()
    assert.equal((await lastResult(other.page)).name, samples[0].title)
    await other.close()
  })
})

describe('a link that does not fit', () => {
  let site, page, visit = 0
  before(async () => {
    site = await open(browser)
    page = site.page
  })
  after(() => site?.close())

  async function visitWith(fragment) {
    await page.goto(`${site.url}?visit=${(visit += 1)}${fragment}`)
    await untilShown(page)
  }

  for (const [what, fragment, notice] of [
    ['another version of the model', `bundle=${bundleName}&hash=0badc0de`, new RegExp(`another version.*0badc0de.*${version}`)],
    ['a model that is not there', 'bundle=no-such-model', /names a model that this site does not have/],
    ['an image that is not there', `bundle=${bundleName}&sample=no-such-image`, /names an image that this model does not have/],
    ['a newer version of the page', `bundle=${bundleName}&wormhole=1`, /newer version of the page/]
  ]) {
    it(`names ${what}: the page says so, and works`, async () => {
      await visitWith(`#v=${what.startsWith('a newer') ? 2 : 1}&${fragment}`)
      await page.getByTestId('notice').filter({ hasText: notice }).waitFor()
      assert.equal(await page.evaluate(() => window.agelens.state), 'ready')
      assert.ok(await page.getByTestId('explain-button').isEnabled())
      assert.ok((await lastResult(page)).name)
    })
  }

  const DAMAGED = [
    '#',
    '#v',
    '#v=1&',
    '#v=-1&bundle=phantom-small',
    '#v=99999999999999999999&sample=x',
    '#v=1&bundle=../../etc/passwd&sample=%2e%2e%2f',
    '#v=1&at=NaN,1e999,-Infinity&blend=1e308&wipe=-7&hide=abc&opacity=&white=0x1',
    '#v=1&at=5,5&mode=__proto__&tab=constructor&lang=xx&translate=sideways',
    '#v=1&at=900,-900,900&anatomy=maybe&radiological=yes',
    '#v=1&lesson=<img src=x onerror=alert(1)>&sample="><script>alert(1)</script>',
    '#%E0%A4%A&v=1&bundle=%ff%fe',
    '#v=1&&&&===&=&bundle',
    '#🧠=🧠&v=１',
    `#v=1&sample=${'long'.repeat(20_000)}`
  ]
  for (const fragment of DAMAGED) {
    it(`is damaged and opens the page all the same: ${fragment.slice(0, 40)}`, async () => {
      await visitWith(fragment)
      assert.equal(await page.getByTestId('error').textContent(), '')
      assert.ok((await lastResult(page)).name, 'shows nothing')
      const { at, mode, blend, opacity, tab, lesson } = await stateOf(page)
      assert.deepEqual([mode, blend, opacity, tab, lesson], ['side', '0.5', '1', 'tab-regions', ''])
      assert.ok(at.every((mm) => Math.abs(mm) < 150), `the crosshair is at ${at}`)
      assert.deepEqual(site.errors, [])
    })
  }

  it('is damaged while the page is open: nothing happens', async () => {
    await visitWith(`#v=1&bundle=${bundleName}`)
    await untilNamed(page)
    const before = await stateOf(page)
    for (const fragment of ['maps', 'v=', '%%%', 'bundle=phantom']) {
      await page.evaluate((fragment) => (location.hash = fragment), fragment)
    }
    assert.deepEqual(await stateOf(page), before)
    await moveTo(page, [2, 2, 8])
    await untilAddress(page, { at: '2,2,8', bundle: bundleName })
    assert.deepEqual(site.errors, [])
  })
})

describe('what is saved', () => {
  let site, page, shown
  before(async () => {
    site = await open(browser, { query: `?bundle=${bundleName}&sample=phantom-old`, profile: PROFILE })
    page = site.page
    await untilNamed(page)
    await showAllMaps(page)
    await untilPicture(screenOf(page, 'truth'), 'a truth', (picture) => lit(picture) > 0.1)
    shown = await lastResult(page)
  })
  after(() => site?.close())

  it('as a picture holds the maps and their words', async () => {
    const boxes = await Promise.all(['original', 'difference', 'truth'].map((map) => screenOf(page, map).boundingBox()))
    const { name, bytes } = await save(page, 'png')
    assert.match(name, /^agelens_[\w.-]+_maps\.png$/)
    assert.deepEqual([...bytes.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10])
    const picture = PNG.sync.read(bytes)
    const across = boxes.at(-1).x + boxes.at(-1).width - boxes[0].x
    assert.ok(picture.width >= across && picture.width < 2 * across, `${picture.width} px wide`)
    // Title, heading, colour bar and footer.
    assert.ok(picture.height >= boxes[0].height + 80, `${picture.height} px high beside maps of ${boxes[0].height}`)
    assert.ok(coloursIn(picture) > 200, `${coloursIn(picture)} colours`)
    await page.getByTestId('status').filter({ hasText: name }).waitFor()
  })

  it('as a picture in the other views is another picture', async () => {
    const sizes = new Set()
    for (const mode of ['side', 'compare', 'volume']) {
      await chooseMode(page, mode)
      const box = await page.locator(mode === 'volume' ? '#volume-canvas' : '.panel[data-map=original] canvas').boundingBox()
      const picture = PNG.sync.read((await save(page, 'png')).bytes)
      assert.ok(picture.width >= box.width && picture.height > box.height && coloursIn(picture) > 200, `${mode}: ${picture.width} × ${picture.height}`)
      sizes.add(`${picture.width} × ${picture.height}`)
    }
    assert.equal(sizes.size, 3)
    await chooseMode(page, 'side')
  })

  it('as NIfTI is to the bit what is shown, in MNI millimetres', async () => {
    const { shape, mni_from_voxel: affine } = manifest().grid
    for (const map of ['original', 'translated', 'difference', 'cam']) {
      const { name, bytes } = await save(page, map)
      assert.match(name, new RegExp(`^agelens_[\\w.-]+_${map}\\.nii$`))
      assert.deepEqual(bytes, shown.volumes[map])
      const volume = readVolume(bytes)
      assert.deepEqual([...volume.shape], shape)
      assert.deepEqual(volume.affine.slice(0, 3), affine)
    }
    const [translated, original, difference] = ['translated', 'original', 'difference'].map((map) => readVolume(shown.volumes[map]).values)
    assert.ok(difference.every((value, index) => Math.abs(value - (translated[index] - original[index])) < 1e-5), 'not translated − original')
  })

  it('as tables holds the numbers of the page', async () => {
    const json = JSON.parse((await save(page, 'json')).bytes)
    assert.equal(json.bundle.manifest_sha256_start, version)
    assert.deepEqual([json.probability_old_before, json.probability_old_after].map(Math.fround), [shown.probabilityOldBefore, shown.probabilityOldAfter].map(Math.fround))
    assert.deepEqual([json.direction, json.phantom, json.image], [shown.direction, true, shown.name])
    assert.match(json.not_for_diagnosis, /diagnosis/i)

    const { name, bytes } = await save(page, 'csv')
    assert.match(name, /_regions\.csv$/)
    const [head, ...lines] = bytes.toString().trim().split('\n').map((line) => [...line.matchAll(/("[^"]*"|[^,]*)(,|$)/g)].map(([, field]) => field.replaceAll('"', '')))
    const column = Object.fromEntries(head.map((title, index) => [title, index]))
    assert.equal(lines.length, json.regions.length)
    assert.ok(lines.length > 20)
    for (const [index, region] of json.regions.entries()) {
      const line = lines[index]
      assert.deepEqual([line[column.region], line[column.readable], Number(line[column.voxels])], [region.region.name, region.region.readable, region.voxels])
      assert.ok(Math.abs(line[column.mean_change] - region.mean) < 1e-6)
    }
    assert.deepEqual(site.errors, [])
  })
})
