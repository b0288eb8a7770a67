// How the page finds its language, that nothing is left in another, and that each is for everyone.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { seriousFindings } from './support/access.mjs'
import { codes, schemesAndWidths, texts } from './support/languages.mjs'
import { chooseBundle, chooseMode, chooseSample, chooseTab, speak, untilNamed } from './support/looking.mjs'
import { manifest } from './support/native.mjs'
import { textFile } from './support/nifti.mjs'
import { bundleName, explain, EXPLAIN_LIMIT_MS, launch, open, pressExplain, untilShown } from './support/site.mjs'

/** A language as a browser may ask for it. */
const profileOf = (code) => ({ locale: texts[code]['language.tag'] })
/** Languages of other signs than ours: by these, words that were left in English are told. */
const OF_OTHER_SIGNS = codes.filter((code) => !/[a-z]/i.test(texts[code]['language.name']))

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

async function assertSpeaks(page, language) {
  assert.equal(await page.locator('html').getAttribute('lang'), texts[language]['language.tag'])
  assert.equal(await page.locator('.brand p').textContent(), texts[language].tagline)
  assert.equal(await page.getByTestId('language').inputValue(), language)
}

describe('the language', () => {
  for (const code of codes) {
    it(`is the browser’s: ${code}`, async (test) => {
      const site = await open(browser, { profile: profileOf(code) })
      test.after(site.close)
      await assertSpeaks(site.page, code)
      assert.equal(await site.page.evaluate(() => localStorage.length), 0, 'a choice that nobody made is kept')
      const fetched = await site.page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('/languages/')))
      // Asked for once, by the preload; the page then takes what came.
      assert.deepEqual(fetched.map((name) => name.match(/([a-z]+)-[0-9a-f]+\.json$/)[1]), code === 'en' ? [] : [code])
    })
  }

  it('is the first of the browser’s that there is', async (test) => {
    const site = await open(browser, { script: () => Object.defineProperty(navigator, 'languages', { value: ['fr-CH', 'zh-SG', 'ja'] }) })
    test.after(site.close)
    await assertSpeaks(site.page, 'zh')
  })

  it('is chosen among all, each by its own name', async (test) => {
    const site = await open(browser)
    test.after(site.close)
    const options = await site.page.getByTestId('language').locator('option').evaluateAll((all) => all.map(({ value, lang, textContent }) => [value, lang, textContent]))
    assert.deepEqual(options, codes.map((code) => [code, texts[code]['language.tag'], texts[code]['language.name']]))
    for (const code of [...codes].reverse()) {
      await speak(site.page, code)
      await assertSpeaks(site.page, code)
    }
  })

  it('is the link’s, whatever the browser’s is', async (test) => {
    const site = await open(browser, { query: '#v=1&lang=en', profile: profileOf('ja') })
    test.after(site.close)
    await assertSpeaks(site.page, 'en')
    for (const code of ['zh', 'ja']) {
      await site.page.evaluate((code) => (location.hash = `v=1&lang=${code}`), code)
      await site.page.locator(`html[lang|=${code}]`).waitFor()
      await assertSpeaks(site.page, code)
    }
  })

  it('stays, and is said why, where the texts of another cannot be fetched; they can be asked for again', async (test) => {
    const site = await open(browser, { query: '?sw=off' })
    test.after(site.close)
    const { page } = site
    await site.setOffline(true)
    await page.getByTestId('language').selectOption('zh')
    await page.getByTestId('notice').filter({ hasText: /中文.*connection/ }).waitFor()
    await assertSpeaks(page, 'en')
    await site.setOffline(false)
    await speak(page, 'zh')
    await assertSpeaks(page, 'zh')
  })

  it('is English, and is said why, where the first texts cannot be fetched', async (test) => {
    const site = await open(browser, { query: '?sw=off#v=1&lang=zh', replace: (path, bytes) => (path.startsWith('languages/') ? Buffer.from('<html>') : bytes) })
    test.after(site.close)
    await assertSpeaks(site.page, 'en')
    await site.page.getByTestId('notice').filter({ hasText: '中文' }).waitFor()
  })

  it('is English for a browser of any other, until the visitor chooses; the choice is remembered', async (test) => {
    const site = await open(browser, { profile: { locale: 'fr-FR' } })
    test.after(site.close)
    const { page } = site
    await assertSpeaks(page, 'en')
    await speak(page, 'ja')
    await assertSpeaks(page, 'ja')
    await page.goto(`${site.url}?again`)
    await untilShown(page)
    await assertSpeaks(page, 'ja')
  })
})

/**
 * English words that stay: names of programs, methods, formats and units, a Latin one of anatomy (Crus), and what an
 * identifier or a sentence in another's words holds.
 */
const STAY = /S\. Yoshida|“Explainability of Age Estimation Model Using CNN from Brain MRI Images”|[\w/]+\.(md|tsv)\b|\b(AgeLens|NiiVue|Grad-CAM|HiResCAM|CycleGAN|CNN|GAN|WebGPU|CPU|GPU|WebGL|WebAssembly|SwiftShader|NIfTI|MGH|NRRD|FreeSurfer|nii|gz|mgz|mgh|nrrd|hdr|img|zip|PNG|GIF|HTML|CSV|JSON|DICOM|MNI152|MNI|AAL|ICBM152|OASIS(-1)?|IXI|AUC|ROC|SD|SHA-256|NaN|Crus|backend|cpu|trainer|export|manifest|Page Up|Page Down|Enter|English)\b/g
const WORD = /[A-Za-z]{3,}/

/** What stands beside names and words of others: an identifier of the model, citations, acknowledgements. */
const QUOTED = ['card.citation', 'card.acknowledgement', 'card.version', 'card.preparation']

/** Words that can be read on the page, or are read out: where, and what. */
const wordsOn = (page, language) =>
  page.evaluate((quoted) => {
    const isQuoted = (element) => element.closest('[lang=en], #diagnostics-text, noscript, script, style') || quoted.includes(element.closest('dd')?.previousElementSibling?.textContent)
    const found = []
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
      const { parentElement: element, textContent: text } = texts.currentNode
      // The glossary gives the English term in brackets.
      const own = element.closest('.glossary') ? text.replace(/（[^）]*）/g, '') : text
      if (own.trim() && element.checkVisibility({ visibilityProperty: true }) && !isQuoted(element)) found.push([element.id || element.className || element.tagName, own.trim()])
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [alt], [placeholder]')) {
      if (!element.checkVisibility() || isQuoted(element)) continue
      for (const name of ['aria-label', 'title', 'alt', 'placeholder']) if (element.getAttribute(name)) found.push([`${element.id || element.tagName} ${name}`, element.getAttribute(name)])
    }
    return found
  }, QUOTED.map((key) => texts[language][key]))

async function assertNoEnglish(page, language, names = []) {
  const all = await wordsOn(page, language)
  assert.ok(all.length > 50, `only ${all.length} texts`)
  const without = (text) => names.reduce((rest, name) => rest.replaceAll(name, ''), text).replace(STAY, '')
  const english = all.filter(([, text]) => WORD.test(without(text)))
  assert.deepEqual(english.map(([where, text]) => `${where}: ${text}`), [])
}

for (const language of OF_OTHER_SIGNS) describe(`no English is left: ${language}`, () => {
  let site, page
  before(async () => {
    site = await open(browser, { query: `?bundle=${bundleName}&backend=cpu`, profile: profileOf(language) })
    page = site.page
    await untilNamed(page)
  })
  after(() => site?.close())

  it('at first, in any tab and any view', async () => {
    for (const [bundle, count] of [['oasis1-slab', 2], [bundleName, manifest().samples.length]]) {
      await page.goto(`${site.url}?bundle=${bundle}&backend=cpu`)
      await untilShown(page)
      await untilNamed(page)
      const { samples, name } = manifest(bundle)
      assert.ok(samples.length >= count)
      for (const tab of ['regions', 'cohort', 'checks', 'inside', 'card']) {
        await chooseTab(page, tab)
        await assertNoEnglish(page, language, [name])
      }
      for (const mode of ['compare', 'volume', 'side']) {
        await chooseMode(page, mode)
        await assertNoEnglish(page, language, [name])
      }
    }
    await page.locator('#exports summary').click()
    await assertNoEnglish(page, language, [bundleName])
    await page.locator('#exports summary').click()
    for (const index of manifest().samples.keys()) {
      await chooseSample(page, manifest().samples, index)
      await assertNoEnglish(page, language, [bundleName])
    }
  })

  it('in every lesson, before and after the prediction', async () => {
    await page.getByTestId('lessons-open').click()
    for (let count = 0; count < 8; count += 1) {
      if (count > 0) await page.locator('.lesson-end .next').click()
      await page.locator('[data-option="0"]').click()
      await page.locator('.glossary summary').click()
      await assertNoEnglish(page, language, ['oasis1-slab', 'phantom'])
    }
    await page.getByTestId('lessons-open').click()
  })

  it('after an explanation, its checks, and in the diagnostics', async () => {
    await chooseBundle(page, bundleName, manifest().samples)
    await explain(page)
    await chooseTab(page, 'checks')
    await page.getByTestId('checks-run').click()
    await page.getByTestId('checks-rows').locator('tr').first().waitFor({ timeout: EXPLAIN_LIMIT_MS })
    await page.getByTestId('checks-maps').check()
    await assertNoEnglish(page, language, [bundleName])
    await chooseTab(page, 'inside')
    await page.getByTestId('inside-run').click()
    await page.getByTestId('inside-steps').waitFor({ timeout: EXPLAIN_LIMIT_MS })
    await page.locator('#inside-cells button').first().click()
    await assertNoEnglish(page, language, [bundleName])
    await page.getByTestId('diagnostics').click()
    await assertNoEnglish(page, language, [bundleName])
    await page.getByTestId('diagnostics-text').filter({ hasText: 'engine' }).waitFor()
    assert.match(await page.getByTestId('diagnostics-text').textContent(), new RegExp(`language: ${language}\n[^]*model: ${bundleName}`))
    await page.keyboard.press('Escape')
  })

  it('in an error, a notice, and a link that was copied', async () => {
    await page.getByTestId('file-input').setInputFiles({ name: 'notes.nii', mimeType: 'text/plain', buffer: textFile() })
    await page.getByTestId('status').filter({ hasText: 'notes.nii' }).waitFor()
    await assertNoEnglish(page, language, ['notes', bundleName])
    assert.match(await pressExplain(page), /notes\.nii/)
    await assertNoEnglish(page, language, ['notes', bundleName])
    await page.evaluate(() => (location.hash = 'v=9&bundle=nowhere&sample=nobody&scan=own&hash=00'))
    await page.getByTestId('notice').filter({ hasText: texts[language]['notice.newer_link'] }).waitFor()
    await assertNoEnglish(page, language, ['notes', bundleName])
    assert.deepEqual(site.errors, [])
  })
})

describe('for everyone', () => {
  for (const [language, colorScheme, width] of schemesAndWidths(1440, 360)) {
    it(`no serious finding and nothing too wide: ${language}, ${colorScheme}, ${width} px`, async (test) => {
      const profile = { colorScheme, viewport: { width, height: 900 } }
      const site = await open(browser, { query: `?bundle=${bundleName}&backend=cpu#v=1&lang=${language}`, profile })
      test.after(site.close)
      const { page } = site
      await untilNamed(page)
      const assertFine = async (when) => {
        assert.deepEqual(await seriousFindings(page), [], when)
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        assert.ok(overflow <= 0, `${when}: ${overflow} px too wide`)
      }
      await assertFine('first view')
      await page.getByTestId('lessons-open').click()
      await page.locator('[data-option="1"]').click()
      await chooseMode(page, 'compare')
      await chooseTab(page, 'cohort')
      await assertFine('lesson, comparison, cohort')
      await chooseMode(page, 'volume')
      await chooseTab(page, 'card')
      await assertFine('body, model card')
      await chooseMode(page, 'side')
      await chooseTab(page, 'checks')
      await page.getByTestId('diagnostics').click()
      await assertFine('checks, diagnostics')
      await page.keyboard.press('Escape')
      await page.getByTestId('file-input').setInputFiles({ name: 'notes.nii', mimeType: 'text/plain', buffer: textFile() })
      assert.match(await pressExplain(page), /notes\.nii/)
      await assertFine('an own file that is refused')
    })
  }
})
