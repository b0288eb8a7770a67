// A bundle in a folder on the visitor's disk: as good as one of the site, checked as strictly, sent nowhere, and in no link.

import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { seriousFindings } from './support/access.mjs'
import { codes, texts } from './support/languages.mjs'
import { chooseBundle, chooseSample, fragmentOf, speak, untilAddress } from './support/looking.mjs'
import { manifest, scratchFolder } from './support/native.mjs'
import { bundleFolder, bundleName, dist, explain, lastResult, launch, open, pressExplain, until, untilShown } from './support/site.mjs'

const NAME = 'lab-model'
const ID = `folder/${NAME}`
const CHOSEN = 'oasis1-slab'
const PROFILE = { permissions: ['clipboard-read', 'clipboard-write'] }
const card = manifest()
const { samples } = card

let browser, scratch
before(async () => {
  browser = await launch()
  scratch = scratchFolder()
})
after(async () => {
  await browser?.close()
  scratch?.remove()
})

/** A copy of a bundle of the site in a folder of its own; `change` may damage it. */
function copyOf(what, change = () => {}, bundle = bundleFolder) {
  const folder = join(scratch.path, what, NAME)
  cpSync(bundle, folder, { recursive: true })
  change(folder)
  return folder
}

const choose = (page, folder) => page.getByTestId('bundle-folder-input').setInputFiles(folder)
const bundleShown = (page) => page.evaluate(() => window.agelens.lastResult()?.bundle)
const untilOpen = (page) => until('the folder’s bundle is open', async () => (await bundleShown(page)) === ID && (await page.evaluate(() => window.agelens.state)) === 'ready')
const optionsOf = (page) => page.locator('#bundle option').allTextContents()

async function errorAfter(page, folder) {
  await choose(page, folder)
  const error = page.getByTestId('error')
  await error.filter({ hasText: /./ }).waitFor()
  return error.textContent()
}

for (const backend of ['cpu', 'webgpu']) {
  it(`explains as the bundle of the site does, on ${backend}, and sends nothing`, async (test) => {
    const site = await open(browser, { query: `?bundle=${CHOSEN}&backend=${backend}&sw=off` })
    test.after(site.close)
    const { page } = site
    const before = site.requests.length
    await choose(page, copyOf(backend))
    await untilOpen(page)
    const sample = await lastResult(page)
    const own = await explain(page)
    assert.deepEqual([own.bundle, own.backend, own.name], [ID, backend, sample.name])
    const fetched = site.requests.slice(before).filter((url) => url.includes('/models/') || url.includes(NAME))
    assert.deepEqual(fetched, [], 'asked of the site')
    assert.ok((await optionsOf(page)).includes(texts.en['bench.own_bundle'].replace('{title}', card.title)))

    await page.getByTestId('bundle-select').selectOption(bundleName)
    await until('the site’s bundle is open', async () => (await bundleShown(page)) === bundleName)
    assert.deepEqual({ ...(await lastResult(page)), bundle: ID }, sample)
    const shipped = await explain(page)
    for (const map of Object.keys(shipped.volumes)) assert.deepEqual(own.volumes[map], shipped.volumes[map], map)
    assert.deepEqual({ ...own, volumes: {}, bundle: '' }, { ...shipped, volumes: {}, bundle: '' })
    // And back.
    await page.getByTestId('bundle-select').selectOption(ID)
    await untilOpen(page)
    await chooseSample(page, samples, 1)
    assert.deepEqual(site.uploads, [])
    assert.deepEqual(site.offOrigin(), [])
    assert.deepEqual(site.errors, [])
  })
}

it('turns the age dial of a model that has one', async (test) => {
  const site = await open(browser, { query: `?bundle=${bundleName}&backend=cpu&sw=off` })
  test.after(site.close)
  await choose(site.page, copyOf('dial', undefined, join(dist, 'models', 'phantom')))
  await untilOpen(site.page)
  await site.page.getByTestId('dial-age').fill('70')
  await until('the age is shown', async () => (await site.page.evaluate(() => window.agelens.lastResult().targetYears)) === 70)
  assert.equal(await bundleShown(site.page), ID)
  assert.deepEqual(site.errors, [])
})

it('that learned from other groups has them named, in every language', async (test) => {
  const site = await open(browser, { query: `?bundle=${bundleName}&backend=cpu&sw=off` })
  test.after(site.close)
  const { page } = site
  const named = async () => {
    const about = await page.locator('#panel-cohort').textContent()
    return { verdict: await page.locator('#verdict-groups').textContent(), about }
  }
  const published = await named()
  assert.match(published.verdict, /under 45 years; old, 50 years or over/)
  const groups = { young_below_years: 40, old_from_years: 60 }
  const other = { ...card, manifest_version: 3, data: { ...card.data, groups } }
  await choose(page, copyOf('groups', (folder) => writeFileSync(join(folder, 'manifest.json'), JSON.stringify(other))))
  await untilOpen(page)
  const { verdict, about } = await named()
  assert.match(verdict, /under 40 years; old, 60 years or over/)
  assert.ok(about.includes('groups of other ages than this model') && !published.about.includes('groups of other ages'), about)
  for (const code of codes) {
    await speak(page, code)
    assert.match((await named()).verdict, /40\D+60/, code)
  }
  assert.deepEqual(site.errors, [])
})

describe('a folder', () => {
  let site, page
  before(async () => {
    site = await open(browser, { query: `?bundle=${bundleName}&backend=cpu&sw=off`, profile: PROFILE })
    page = site.page
  })
  after(() => site?.close())

  it('without a manifest is refused by name, in every language', async () => {
    const folder = join(scratch.path, 'above')
    copyOf('above')
    const before = await optionsOf(page)
    const { name } = await lastResult(page)
    for (const code of codes) {
      await speak(page, code)
      const error = await errorAfter(page, folder)
      assert.ok(error.startsWith('above') && error.includes('manifest.json'), error)
    }
    await speak(page, 'en')
    assert.match(await page.getByTestId('error').textContent(), /no manifest\.json in this folder/)
    assert.deepEqual(await optionsOf(page), before)
    assert.equal((await lastResult(page)).name, name)
    assert.ok(await page.getByTestId('explain-button').isEnabled())
  })

  it('with a manifest that this page cannot use is refused', async () => {
    const later = copyOf('later', (folder) => writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...card, manifest_version: 99 })))
    assert.match(await errorAfter(page, later), /manifest\.json: version 99/)
    const { mask } = card.files
    const outside = { ...card, files: { ...card.files, mask: { ...mask, path: `../${mask.path}` } } }
    const leading = copyOf('outside', (folder) => writeFileSync(join(folder, 'manifest.json'), JSON.stringify(outside)))
    assert.match(await errorAfter(page, leading), /points outside the bundle/)
    const none = (await optionsOf(page)).filter((option) => option.includes('computer'))
    assert.deepEqual(none, [])
  })

  it('with a damaged, a longer or a missing file tells which', async () => {
    const { path: weights } = card.files.classifier
    const damaged = copyOf('damaged', (folder) => {
      const bytes = readFileSync(join(folder, weights))
      bytes[bytes.length - 1] ^= 1
      writeFileSync(join(folder, weights), bytes)
    })
    await choose(page, damaged)
    await untilOpen(page)
    const error = await pressExplain(page)
    assert.ok(error.startsWith(`${weights}: damaged (SHA-256 `), error)

    // The folder of the same name takes the place of the one before.
    const longer = copyOf('longer', (folder) => writeFileSync(join(folder, weights), Buffer.concat([readFileSync(join(folder, weights)), Buffer.from([0])])))
    await choose(page, longer)
    await untilOpen(page)
    assert.match(await pressExplain(page), new RegExp(`^${weights}: is larger`))
    assert.equal((await optionsOf(page)).filter((option) => option.includes('computer')).length, 1)

    const { original } = samples[1]
    const { path } = card.files[original]
    await choose(page, copyOf('missing', (folder) => rmSync(join(folder, path))))
    await untilOpen(page)
    await page.getByTestId('sample-select').selectOption('1')
    await page.getByTestId('error').filter({ hasText: `${path}: is not in the folder` }).waitFor()

    // What is whole is used afterwards.
    await choose(page, copyOf('whole'))
    await untilOpen(page)
    await explain(page)
  })

  it('that holds nothing is told so', async () => {
    const folder = join(scratch.path, 'nothing')
    mkdirSync(folder)
    assert.equal(await errorAfter(page, folder), 'The folder is empty. Choose a bundle’s folder, as `trainer export` writes it.')
  })

  it('is in no link, and the page says why, in every language', async () => {
    await choose(page, copyOf('shared'))
    await untilOpen(page)
    await page.evaluate(() => navigator.clipboard.writeText('as before'))
    for (const code of codes) {
      await speak(page, code)
      assert.equal(await page.getByTestId('share-none').textContent(), texts[code]['share.none'])
      assert.ok(await page.getByTestId('share-none').isVisible())
      assert.equal(await page.getByTestId('bundle-own').textContent(), texts[code]['bench.own_bundle.note'])
      assert.ok(await page.getByTestId('bundle-own').isVisible())
      for (const button of ['share', 'embed-copy', 'share-qr']) {
        await page.getByTestId(button).click()
        await page.getByTestId('status').filter({ hasText: texts[code]['share.none'] }).waitFor()
      }
    }
    await speak(page, 'en')
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'as before')
    assert.ok(await page.getByTestId('qr-dialog').isHidden())
    await untilAddress(page, { model: 'own', lang: 'en' })
    const { bundle, sample, hash } = await fragmentOf(page)
    assert.deepEqual([bundle, sample, hash], [undefined, undefined, undefined])
    assert.deepEqual(await seriousFindings(page), [])
    await page.setViewportSize({ width: 360, height: 740 })
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    assert.ok(overflow <= 0, `${overflow} px too wide`)
  })

  it('is gone after a reload, and the page says so', async () => {
    await page.reload()
    await untilShown(page)
    await page.getByTestId('notice').filter({ hasText: texts.en['notice.own_bundle'] }).waitFor()
    assert.deepEqual((await optionsOf(page)).filter((option) => option.includes('computer')), [])
    assert.ok(await page.getByTestId('bundle-own').isHidden())
    await chooseBundle(page, bundleName, samples)
    assert.deepEqual(site.errors, [])
  })
})

it('lessons open the site’s bundles, whatever is open besides', async (test) => {
  const site = await open(browser, { query: `?bundle=${bundleName}&sw=off` })
  test.after(site.close)
  await choose(site.page, copyOf('lessons'))
  await untilOpen(site.page)
  await site.page.getByTestId('lessons-open').click()
  await until('the lesson’s bundle is open', async () => ![ID, undefined].includes(await bundleShown(site.page)))
  await untilAddress(site.page, { lesson: 'young-or-old', bundle: await bundleShown(site.page) })
  assert.ok(await site.page.getByTestId('share-none').isHidden())
})

it('is not offered where the browser cannot choose folders', async (test) => {
  const script = () => delete HTMLInputElement.prototype.webkitdirectory
  const site = await open(browser, { query: `?bundle=${bundleName}&sw=off`, script })
  test.after(site.close)
  assert.ok(await site.page.locator('#bundle-folder-field').isHidden())
  const other = await open(browser, { query: `?bundle=${bundleName}&sw=off` })
  test.after(other.close)
  assert.ok(await other.page.locator('#bundle-folder-field').isVisible())
  await other.page.locator('#bundle-folder').focus()
  assert.equal(await other.page.evaluate(() => document.activeElement.id), 'bundle-folder')
})
