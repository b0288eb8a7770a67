// Each lesson has an address, opens its view, and lets predict before it reveals, in every language.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { codes, lessons, texts } from './support/languages.mjs'
import { speak, stateOf } from './support/looking.mjs'
import { manifest } from './support/native.mjs'
import { lastResult, launch, open, until, untilShown } from './support/site.mjs'

const ENGLISH = lessons.en.lessons

/** It opens no view: see train-it-yourself.test.mjs. */
const WITHOUT_VIEW = 'train-it-yourself'
/** What each other lesson opens of the bundles that are shipped: those that have the role it asks for. */
const PEOPLE = { bundle: 'oasis1-slab', sample: 'mean-young' }
const CHANGE = ['original', 'translated', 'difference']
const VIEWS = {
  'young-or-old': { ...PEOPLE, at: '0,10,14', tab: 'cohort', asked: ['original'], told: CHANGE },
  coarse: { ...PEOPLE, at: '-24,6,12', asked: ['original', 'cam'] },
  cyclegan: { ...PEOPLE, mode: 'compare', wipe: '0.5', at: '0,10,14', asked: CHANGE },
  difference: { bundle: 'phantom', sample: 'phantom-young', at: '2,10,10', asked: ['difference', 'cam', 'truth'] },
  hallucination: { bundle: 'phantom', sample: 'phantom-old', at: '-38,-90,-34', tab: 'checks', asked: ['original', 'difference', 'truth'] },
  bias: { ...PEOPLE, tab: 'card', asked: ['original'] },
  'judge-it-yourself': { ...PEOPLE, at: '-20,10,14', asked: ['original', 'difference'] }
}

let browser, site, page
before(async () => {
  browser = await launch()
  site = await open(browser)
  page = site.page
})
after(async () => {
  await site?.close()
  await browser?.close()
})

/** Waits until the page shows what a lesson speaks of. */
async function assertView({ bundle, sample, mode = 'side', wipe, at, tab = 'regions' }) {
  const { title } = manifest(bundle).samples.find(({ id }) => id === sample)
  await until(`${title} of ${bundle} is shown`, async () => {
    const { bundle: open } = await stateOf(page)
    return open === bundle && (await lastResult(page))?.name === title
  })
  const found = await stateOf(page)
  assert.deepEqual([found.mode, found.layout, found.tab], [mode, mode, `tab-${tab}`])
  if (wipe) assert.equal(found.wipe, wipe)
  // A slider stands on the voxel that holds the place.
  const spacing_mm = manifest(bundle).grid.mni_from_voxel[0][0]
  const isAt = (place) => at.split(',').every((mm, axis) => Math.abs(mm - place[axis]) <= spacing_mm / 2)
  if (at) await until(`the crosshair is at ${at}`, async () => isAt((await stateOf(page)).at))
}

const panels = () => page.locator('.panel').evaluateAll((all) => all.filter((panel) => panel.checkVisibility()).map(({ dataset }) => dataset.map))
const lesson = () => page.getByTestId('lesson')
const title = () => page.locator('#lesson-title').textContent()
const option = (index) => page.locator(`[data-option="${index}"]`)

it('there are eight, as many in each language, each but one with a view', () => {
  assert.equal(ENGLISH.length, 8)
  for (const own of Object.values(lessons)) assert.deepEqual(own.lessons.map(({ id }) => id), ENGLISH.map(({ id }) => id))
  assert.deepEqual([...Object.keys(VIEWS), WITHOUT_VIEW].sort(), ENGLISH.map(({ id }) => id).sort())
})

describe('a lesson', () => {
  for (const [place, english] of ENGLISH.entries()) {
    if (english.id === WITHOUT_VIEW) continue
    it(`“${english.id}” opens by its address, asks, and reveals`, async () => {
      // Another query makes another visit; another fragment alone would not.
      await page.goto(`${site.url}?visit=${place}#v=1&lesson=${english.id}&lang=en`)
      await untilShown(page)
      assert.equal(await title(), english.title)
      await assertView(VIEWS[english.id])
      assert.ok(!(await lesson().textContent()).includes(english.reveal), 'reveals before the prediction')
      const { asked, told = asked } = VIEWS[english.id]
      assert.deepEqual(await panels(), asked)
      for (const answer of ['agreement', 'change-words']) assert.ok(await page.getByTestId(answer).isHidden(), `${answer} answers before the prediction`)
      assert.equal(await page.locator('[data-option]').count(), english.options.length)

      const wrong = (english.answer + 1) % english.options.length
      await option(wrong).click()
      const reveal = lesson().locator('.reveal')
      assert.equal(await reveal.locator('.reply').textContent(), `${texts.en['lessons.wrong']} ${english.wrong[wrong]}`)
      assert.ok((await reveal.textContent()).includes(english.reveal))
      assert.deepEqual(await panels(), told)
      assert.match(await option(english.answer).getAttribute('class'), /right/)

      for (const language of codes.slice(1)) {
        await option(wrong).click()
        await speak(page, language)
        const own = lessons[language].lessons[place]
        const reply = (verdict, answer) => texts[language].sentences.replace('{first}', texts[language][verdict]).replace('{next}', own.wrong[answer])
        assert.equal(await title(), own.title)
        assert.equal(await reveal.locator('.reply').textContent(), reply('lessons.wrong', wrong))
        await option(own.answer).click()
        assert.equal(await reveal.locator('.reply').textContent(), reply('lessons.right', own.answer))
        assert.ok((await reveal.textContent()).includes(own.reveal))
        assert.equal(await option(own.answer).getAttribute('aria-pressed'), 'true')
      }
    })
  }

  it('leads to the next and to the one before, and closes', async () => {
    await page.goto(`${site.url}?visit=next#v=1&lang=en`)
    await untilShown(page)
    await page.getByTestId('lessons-open').click()
    assert.equal(await title(), ENGLISH[0].title)
    assert.equal(await page.locator('.lesson-end [data-lesson]').count(), 1, 'a first lesson has none before it')
    await lesson().getByRole('button', { name: 'Next lesson' }).click()
    assert.equal(await title(), ENGLISH[1].title)
    await assertView(VIEWS[ENGLISH[1].id])
    await lesson().getByRole('button', { name: 'Previous lesson' }).click()
    assert.equal(await title(), ENGLISH[0].title)
    await assertView(VIEWS[ENGLISH[0].id])
    await page.getByTestId('lessons-open').click()
    assert.ok(await lesson().isHidden())
    assert.equal(await page.getByTestId('lessons-open').getAttribute('aria-expanded'), 'false')
  })

  it('shares the screen of a phone with the maps it speaks of', async () => {
    const before = page.viewportSize()
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(`${site.url}?visit=phone#v=1&lang=en`)
    await untilShown(page)
    await page.getByTestId('lessons-open').click()
    const seen = () =>
      page.evaluate(() => {
        const [lesson, maps] = ['lesson', 'maps'].map((id) => document.getElementById(id).getBoundingClientRect())
        return { lesson: innerHeight - lesson.top, inSight: lesson.bottom <= innerHeight + 1, maps: Math.min(maps.bottom, lesson.top) - Math.max(maps.top, 0) }
      })
    for (const { id } of ENGLISH.slice(0, 3)) {
      await assertView(VIEWS[id])
      await page.waitForFunction(() => document.getElementById('maps').getBoundingClientRect().top < 400)
      const found = await seen()
      assert.ok(found.inSight && found.lesson > 250 && found.maps > 300, `${id}: ${JSON.stringify(found)}`)
      await lesson().getByRole('button', { name: 'Next lesson' }).click()
    }
    // What is below can be scrolled to, and is not under it.
    await page.waitForFunction(() => {
      scrollTo(0, document.body.scrollHeight)
      const [foot, lesson] = ['body > footer', '#lesson'].map((selector) => document.querySelector(selector).getBoundingClientRect())
      return foot.bottom <= lesson.top + 1
    })
    await page.setViewportSize(before)
  })

  it('has all in a list, and marks those that were answered', async () => {
    await page.goto(`${site.url}?visit=list#v=1&lang=en`)
    await untilShown(page)
    await page.getByTestId('lessons-open').click()
    const list = page.getByTestId('lesson-list')
    assert.equal(await list.locator('summary').textContent(), 'All lessons: 0 of 8 answered')
    await option(0).click()
    assert.equal(await list.locator('summary').textContent(), 'All lessons: 1 of 8 answered')
    await list.locator('summary').click()
    assert.deepEqual(await list.getByRole('button').allTextContents(), ENGLISH.map(({ title }) => title))
    assert.equal(await list.locator('li small').count(), 1)
    await list.getByRole('button').nth(3).click()
    assert.equal(await title(), ENGLISH[3].title)
    assert.match(await lesson().locator('.eyebrow').textContent(), /4 of 8/)
    await assertView(VIEWS[ENGLISH[3].id])
    // Opened anew, the first that was not answered.
    await page.getByTestId('lessons-open').click()
    await page.getByTestId('lessons-open').click()
    assert.equal(await title(), ENGLISH[1].title)
  })

  it('is left out of a site without a bundle for it, and links to the others still work', async (test) => {
    const isList = (path) => path === 'models/index.json'
    const people = (bytes) => Buffer.from(JSON.stringify(JSON.parse(bytes).filter((entry) => entry.people)))
    const other = await open(browser, { query: '#v=1&lesson=difference&lang=en', replace: (path, bytes) => (isList(path) ? people(bytes) : bytes) })
    test.after(other.close)
    assert.ok(await other.page.getByTestId('lesson').isHidden())
    await other.page.getByTestId('lessons-open').click()
    assert.match(await other.page.getByTestId('lesson').locator('.eyebrow').textContent(), /1 of 6/)
    assert.deepEqual(other.errors, [])
  })

  it('shows its view again after the visitor looked elsewhere', async () => {
    await page.goto(`${site.url}?visit=again#v=1&lesson=cyclegan`)
    await untilShown(page)
    await assertView(VIEWS.cyclegan)
    await page.locator('input[name=mode][value=side]').check({ force: true })
    await page.locator('#tab-card').click()
    await lesson().locator('[data-do=again]').click()
    await until('the view is back', async () => (await stateOf(page)).mode === 'compare')
    await assertView(VIEWS.cyclegan)
  })

  it('explains its words, and broke nothing', async () => {
    await lesson().locator('.glossary summary').click()
    assert.ok((await lesson().locator('.glossary dt').count()) >= 10)
    assert.deepEqual(site.errors, [])
  })
})
