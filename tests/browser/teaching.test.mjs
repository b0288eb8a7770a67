// The teacher's pages in every language that has them: their links lead somewhere, their numbers are those of the shipped
// bundles, they quote the lessons as the page calls them, and they can be read and printed.

import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { seriousFindings } from './support/access.mjs'
import { dist, launch, open, repository } from './support/site.mjs'

const MOST_WORKSHEET_PAGES = 2

const read = (...path) => readFileSync(join(...path), 'utf8')
const texts = (name) => JSON.parse(read(repository, 'web/languages', name))
const codes = readdirSync(join(repository, 'web/languages'))
  .filter((name) => /^\w+\.json$/.test(name))
  .map((name) => name.replace('.json', ''))
  .sort()
/** The languages with teacher's pages of their own, English first: a language without them names the English plan. */
const languages = ['en', ...codes.filter((code) => code !== 'en')]
  .map((code) => ({
    code,
    tag: texts(`${code}.json`)['language.tag'],
    name: texts(`${code}.json`)['language.name'],
    titles: new Map(texts(`lessons.${code}.json`).lessons.map(({ id, title }) => [id, title])),
    plan: texts(`${code}.json`)['lessons.teachers.page'].replace(/^teaching\//, ''),
    worksheet: code === 'en' ? 'worksheet.html' : `worksheet.${code}.html`
  }))
  .filter(({ code, plan }) => code === 'en' || plan !== 'index.html')
const pages = languages.flatMap((language) => [language.plan, language.worksheet].map((name) => ({ ...language, name })))
const listed = JSON.parse(read(dist, 'models/index.json')).map(({ id }) => id)
const manifests = Object.fromEntries(listed.map((id) => [id, JSON.parse(read(dist, 'models', id, 'manifest.json'))]))

/** The value at a place such as `samples.phantom-young.age.years`; an element of a list by its number, its id or its way. */
function at(manifest, place) {
  const step = (value, key) => {
    if (!Array.isArray(value)) return value[key]
    return /^\d+$/.test(key) ? value[key] : value.find((one) => one.id === key || (one.way !== undefined && (one.way ?? 'network') === key))
  }
  return place.split('.').reduce(step, manifest)
}

/** A place, or two with a sign between them. */
function valueOf(manifest, key) {
  const [first, sign, second] = key.split(' ')
  const left = at(manifest, first)
  if (!sign) return left
  const right = at(manifest, second)
  return { '-': left - right, '+': left + right, '*': left * right }[sign]
}

/** Whether a number stands as it would be written. */
function isWritten(value, shown) {
  const text = shown.replace('&gt;', '>')
  if (text.startsWith('> ')) return value * 100 > parseFloat(text.slice(2))
  if (text.endsWith('%')) return `${Math.round(value * 100)}%` === text
  return text.includes('.') ? value.toFixed(text.split('.')[1].length) === text : String(Math.round(value)) === text
}

let browser, site
before(async () => {
  browser = await launch()
  site = await open(browser)
})
after(async () => {
  await site?.close()
  await browser?.close()
})

for (const { code, tag, titles, worksheet, name } of pages) {
  const isWorksheet = name === worksheet
  describe(name, () => {
    let page
    before(async () => {
      page = await site.context.newPage()
      await page.goto(`${site.url}teaching/${name}`)
    })
    after(() => page?.close())

    it('has the numbers of the shipped bundles', () => {
      const found = [...read(dist, 'teaching', name).matchAll(/data-model="([^"]+)" data-key="([^"]+)">([^<]+)</g)]
      for (const [, model, key, shown] of found) {
        const value = valueOf(manifests[model], key)
        assert.ok(isWritten(value, shown), `${model} ${key}: ${shown} is ${value}`)
      }
      assert.ok(isWorksheet || found.length > 20, `${found.length} numbers`)
    })

    it('leads to lessons, bundles and places that are there', async () => {
      const links = await page.$$eval('a[href], link[href]', (all) => all.map(({ href }) => href))
      assert.ok(links.length > 5)
      for (const href of links) {
        const url = new URL(href)
        assert.equal(url.origin, new URL(site.url).origin, href)
        const answer = await fetch(url)
        assert.equal(answer.status, 200, href)
        if (url.href.split(/[?#]/)[0] !== site.url) {
          if (url.hash) assert.ok((await answer.text()).includes(`id="${url.hash.slice(1)}"`), href)
          continue
        }
        const view = new URLSearchParams(url.hash.slice(1))
        assert.equal(view.get('lang'), code, href)
        const [lesson, bundle, sample] = ['lesson', 'bundle', 'sample'].map((key) => view.get(key))
        if (lesson) assert.ok(titles.has(lesson), href)
        if (bundle) assert.ok(manifests[bundle], href)
        if (sample) assert.ok(manifests[bundle].samples.some(({ id }) => id === sample), href)
      }
    })

    it('calls each lesson as the page does', async () => {
      const links = await page.$$eval('a[href*="lesson="]', (all) => all.map(({ hash, textContent }) => [hash, textContent]))
      assert.ok(links.length >= 4)
      for (const [hash, text] of links) {
        const title = titles.get(new URLSearchParams(hash.slice(1)).get('lesson'))
        assert.ok(text.includes(title), `“${text}” should name “${title}”`)
      }
    })

    it('says its language, and leads to the same page in every other one', async () => {
      assert.equal(await page.evaluate(() => document.documentElement.lang), tag)
      const found = await page.$$eval('header a[hreflang]', (all) =>
        all.map((one) => [one.getAttribute('href'), one.hreflang, one.lang, one.textContent])
      )
      const others = languages.filter((other) => other.code !== code)
      const wanted = others.map((other) => [isWorksheet ? other.worksheet : other.plan, other.tag, other.tag, other.name])
      assert.deepEqual(found, wanted)
      const alternates = await page.$$eval('link[rel=alternate]', (all) => all.map((one) => [one.getAttribute('href'), one.hreflang]))
      assert.deepEqual(alternates, wanted.map((one) => one.slice(0, 2)))
    })

    it('fits a phone, and axe-core finds nothing serious', async () => {
      for (const width of [1100, 360]) {
        await page.setViewportSize({ width, height: 800 })
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        assert.ok(over <= 0, `${width} px: ${over} px too wide`)
        assert.deepEqual(await seriousFindings(page), [])
      }
    })

    if (isWorksheet) {
      it('prints on two pages of A4', async () => {
        const printed = await page.pdf({ preferCSSPageSize: true, format: 'A4' })
        const pages = printed.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g).length
        assert.ok(pages <= MOST_WORKSHEET_PAGES, `${pages} pages`)
      })
    }
  })
}

it('says the same in all languages, part by part', async () => {
  const page = await site.context.newPage()
  const parts = async (name) => {
    await page.goto(`${site.url}teaching/${name}`)
    return page.$$eval('main *', (all) =>
      all.filter(({ tagName }) => !/^(EM|STRONG|CODE|SPAN)$/.test(tagName)).map((one) => `${one.tagName}#${one.id}.${one.className}`)
    )
  }
  const numbers = (name) => [...read(dist, 'teaching', name).matchAll(/data-model="[^"]+" data-key="[^"]+"/g)].map(String).sort()
  const [english, ...others] = languages
  assert.ok(others.length >= 2, 'fewer translations than there were')
  for (const kind of ['plan', 'worksheet']) {
    const wanted = await parts(english[kind])
    for (const other of others) {
      assert.deepEqual(await parts(other[kind]), wanted, other[kind])
      assert.deepEqual(numbers(other[kind]), numbers(english[kind]), other[kind])
    }
  }
})
