// Raw T1 images: prepared in the page, as the native program does it, and only then explained.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { seriousFindings } from './support/access.mjs'
import { blank, croppedHead, labels, noise, rawHead, twoHeads } from './support/head.mjs'
import { manifest, prepareNatively, preparationVersion, scratchFolder } from './support/native.mjs'
import { readVolume } from './support/nifti.mjs'
import { speak } from './support/looking.mjs'
import { bundleName, cancelAt, choose, explain, launch, open, pressExplain } from './support/site.mjs'

const QUERY = `?bundle=${bundleName}&backend=cpu`
const CANCEL_LIMIT_MS = 500
/** Grid of the prepared maps. */
const SHAPE = [99, 117, 95]
const AFFINE = [2, 0, 0, -98, 0, 2, 0, -134, 0, 0, 2, -72, 0, 0, 0, 1]
/** Between the page and the native program: nearly every voxel. */
const TOLERANCE = 2e-3
const AGREEING_SHARE = 0.999

const file = (name, buffer) => ({ name, mimeType: 'application/octet-stream', buffer })

/** The bundle as one whose models learned from maps of this preparation version. */
const learnedFrom = (version) => (path, bytes) =>
  path === `models/${bundleName}/manifest.json` ? Buffer.from(JSON.stringify({ ...manifest(), preparation_version: version })) : bytes

let browser, scratch
before(async () => {
  browser = await launch()
  scratch = scratchFolder()
})
after(async () => {
  await browser?.close()
  scratch?.remove()
})

/** Notes from now on what the page says about its progress, and where its bar stands. */
const watch = (page) =>
  page.evaluate(() => {
    const [status, bar] = ['status', 'progress'].map((id) => document.getElementById(id))
    window.seen = []
    window.watcher?.disconnect()
    window.watcher = new MutationObserver(() => window.seen.push({ text: status.textContent, fraction: bar.value }))
    window.watcher.observe(status, { childList: true, subtree: true })
    window.watcher.observe(bar, { attributes: true })
  })

/** Size of the QC picture, its number of colours, and its words. */
const pictureOf = (page) =>
  page.getByTestId('qc-picture').evaluate((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return { width: canvas.width, colours: new Set(new Uint32Array(data.buffer)).size, words: canvas.getAttribute('aria-label') }
  })

/** Saves all prepared maps; resolves to their bytes by the end of their names. */
async function download(page) {
  const saved = {}
  for (const link of await page.getByTestId('preparation-maps').getByRole('link').all()) {
    const [found] = await Promise.all([page.waitForEvent('download'), link.click()])
    saved[found.suggestedFilename().replace(/^head_space-MNI152NLin2009aSym_res-2_/, '')] = readFileSync(await found.path())
  }
  return saved
}

describe('a raw T1 image', () => {
  let site, page, maps
  before(async () => {
    site = await open(browser, { query: QUERY, replace: learnedFrom(preparationVersion()) })
    page = site.page
    assert.ok(await page.getByTestId('caution').isHidden(), 'a caution beside a sample')
    await choose(page, file('head_T1w.nii.gz', rawHead()))
  })
  after(() => site?.close())

  for (const words of ['registration', 'grey matter']) {
    it(`can be cancelled while the page says “${words}”`, async () => {
      const { answeredAfter_ms } = await cancelAt(page, words)
      assert.ok(answeredAfter_ms <= CANCEL_LIMIT_MS, `answered after ${Math.round(answeredAfter_ms)} ms`)
      assert.equal(await page.getByTestId('status').textContent(), 'Cancelled.')
      // It was heard: an engine that has to be ended starts anew.
      assert.equal(await page.getByTestId('backend-badge').getAttribute('data-state'), 'cpu')
      assert.ok(await page.getByTestId('preparation').isHidden())
    })
  }

  it('is prepared and explained, with progress that never runs backwards', async () => {
    await watch(page)
    const result = await explain(page)
    assert.equal(result.name, 'head_T1w.nii.gz')
    assert.ok(new Set(readVolume(result.volumes.difference).values).size > 100, 'an empty explanation')
    const seen = await page.evaluate(() => window.seen)
    for (const words of ['raw T1', 'registration', 'brain from the head', 'grey matter', 'Resampling', 'Translating']) {
      assert.ok(seen.some(({ text }) => text.includes(words)), `never said: ${words}`)
    }
    const back = seen.find(({ fraction }, index) => fraction < seen[index - 1]?.fraction)
    assert.equal(back, undefined, 'the bar ran backwards')
    assert.ok(await page.getByTestId('preparation').isVisible())
    assert.match(await page.getByTestId('preparation-title').textContent(), /quality control passed/)
    assert.match(await page.locator('#preparation-detail').textContent(), /shows a head with its skull/)
    assert.match(await page.getByTestId('provenance').textContent(), /shows a head with its skull.*prepared here/)
    // The shipped models learned from maps of other software.
    assert.match(await page.getByTestId('caution').textContent(), /trained on maps made in a different way/)
  })

  it('has a picture, its measures, and no serious finding of axe-core', async () => {
    const picture = await pictureOf(page)
    assert.ok(picture.width >= 200 && picture.colours > 50, `${picture.width} px wide, ${picture.colours} colours`)
    assert.match(picture.words, /head_T1w.*passed/)
    const measures = page.getByTestId('preparation-measures')
    await measures.locator('summary').click()
    assert.ok((await measures.locator('tbody tr').count()) >= 3)
    assert.deepEqual(await seriousFindings(page), [])
    await page.setViewportSize({ width: 360, height: 740 })
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    assert.ok(overflow <= 0, `${overflow} px too wide`)
    await page.setViewportSize({ width: 1280, height: 720 })
  })

  it('gives its maps in MNI space', async () => {
    maps = await download(page)
    const ends = ['desc-brain_mask', 'desc-preproc_T1w', 'label-CSF_probseg', 'label-GM_probseg', 'label-WM_probseg']
    assert.deepEqual(Object.keys(maps).sort(), ends.map((end) => `${end}.nii`))
    for (const [name, bytes] of Object.entries(maps)) {
      const { shape, affine, values } = readVolume(bytes)
      assert.deepEqual([...shape], SHAPE, name)
      assert.deepEqual(affine.flat(), AFFINE, name)
      assert.ok(values.some((value) => value > 0.5), `${name} is empty`)
    }
  })

  it('becomes the map that the native program makes of it', () => {
    const path = join(scratch.path, 'head_T1w.nii.gz')
    writeFileSync(path, rawHead())
    const [page, native] = [maps['label-GM_probseg.nii'], prepareNatively(path, scratch.path)].map((bytes) => readVolume(bytes).values)
    assert.equal(page.length, native.length)
    const agreeing = page.filter((value, index) => Math.abs(value - native[index]) <= TOLERANCE).length
    assert.ok(agreeing >= AGREEING_SHARE * page.length, `${page.length - agreeing} of ${page.length} voxels differ`)
  })

  it('is not prepared again for the other direction', async () => {
    const { direction } = await page.evaluate(() => window.agelens.lastResult())
    const other = direction === 'young_to_old' ? 'old_to_young' : 'young_to_old'
    await page.locator(`input[value=${other}]`).check({ force: true })
    await watch(page)
    assert.equal((await explain(page)).direction, other)
    const seen = await page.evaluate(() => window.seen)
    assert.ok(!seen.some(({ text }) => text.includes('registration')), 'prepared again')
    assert.ok(await page.getByTestId('preparation').isVisible())
  })

  it('takes its section along when another image is opened', async () => {
    await page.getByTestId('sample-select').selectOption({ label: manifest().samples[0].title })
    await page.getByTestId('status').filter({ hasText: manifest().samples[0].title }).waitFor()
    assert.ok(await page.getByTestId('preparation').isHidden())
  })

  it('brings it back with the image, in any language', async () => {
    await page.getByTestId('sample-select').selectOption('own')
    await page.getByTestId('status').filter({ hasText: 'head_T1w.nii.gz is open' }).waitFor()
    assert.ok(await page.getByTestId('preparation').isVisible())
    assert.equal(await page.getByTestId('preparation-maps').getByRole('link').count(), 5)
    await speak(page, 'ja')
    assert.match(await page.locator('#preparation-detail').textContent(), /頭部の画像/)
    await speak(page, 'en')
  })

  it('is refused with a picture where its quality control fails, and its maps are not offered', async () => {
    await choose(page, file('cropped.nii.gz', croppedHead()))
    assert.match(await pressExplain(page), /cropped\.nii\.gz.*quality control.*coverage/)
    assert.match(await page.getByTestId('preparation-title').textContent(), /failed/)
    const picture = await pictureOf(page)
    assert.ok(picture.colours > 50, `${picture.colours} colours`)
    assert.match(picture.words, /failed.*coverage/)
    assert.ok((await page.getByTestId('preparation-remarks').getByRole('listitem').count()) > 0, 'gives no reason')
    assert.equal(await page.getByTestId('preparation-maps').getByRole('link').count(), 0, 'offers maps')
    assert.notEqual(await page.evaluate(() => window.agelens.lastResult().name), 'cropped.nii.gz', 'explained it')
    assert.deepEqual(await seriousFindings(page), [])
  })

  for (const [name, make, reason] of [
    ['noise.nii.gz', noise, /T1|head|quality/i],
    ['labels.nii.gz', labels, /label|T1/i],
    ['series.nii.gz', twoHeads, /4-?D|dimension|volumes|time/i],
    ['blank.nii.gz', blank, /empty|every voxel/i]
  ]) {
    it(`is not made of ${name}`, async () => {
      await choose(page, file(name, make()))
      const message = await pressExplain(page)
      assert.ok(message.includes(name), `names no file: ${message}`)
      assert.match(message, reason)
      assert.ok(await page.getByTestId('preparation').isHidden())
    })
  }

  it('never leaves the computer', () => {
    assert.deepEqual(site.offOrigin(), [])
    assert.deepEqual(site.uploads, [])
    assert.deepEqual(site.errors, [])
  })
})

it('refuses raw T1 images where the model learned from another preparation', async (test) => {
  const site = await open(browser, { query: QUERY, replace: learnedFrom('gm-map-0') })
  test.after(site.close)
  await choose(site.page, file('head_T1w.nii.gz', rawHead()))
  const message = await pressExplain(site.page)
  assert.match(message, /head_T1w.*gm-map-0.*another model/)
})

it('says it when the standard brain is damaged', async (test) => {
  const ours = learnedFrom(preparationVersion())
  const site = await open(browser, {
    query: QUERY,
    replace: (path, bytes) => (path.endsWith('icbm152_2mm_gm.nii.gz') ? bytes.subarray(0, bytes.length / 2) : ours(path, bytes))
  })
  test.after(site.close)
  await choose(site.page, file('head_T1w.nii.gz', rawHead()))
  assert.match(await pressExplain(site.page), /standard brain.*icbm152_2mm_gm.*Reload/s)
})
