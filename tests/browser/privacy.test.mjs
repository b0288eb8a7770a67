// An image of the visitor's own stays in memory: nothing is sent, nothing is stored, and it is gone with the page.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, it } from 'node:test'
import { numberIn, speak, untilNamed } from './support/looking.mjs'
import { phantomSubjects, scratchFolder } from './support/native.mjs'
import { bundleName, choose, explain, launch, open, until, untilShown } from './support/site.mjs'

const NAME = 'secret-patient.nii.gz'

let browser, scratch, scan, site, page
before(async () => {
  browser = await launch()
  scratch = scratchFolder()
  scan = readFileSync(phantomSubjects(scratch.path)[0])
  site = await open(browser, { query: `?bundle=${bundleName}&backend=cpu` })
  page = site.page
})
after(async () => {
  await site?.close()
  await browser?.close()
  scratch?.remove()
})

const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex')

/** All that the browser keeps of the site: names and values, and address and hash of every stored file. */
const stored = () =>
  page.evaluate(async () => {
    const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    const files = []
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      for (const request of await cache.keys()) {
        const bytes = await (await cache.match(request)).arrayBuffer()
        files.push({ method: request.method, url: request.url, hash: hex(await crypto.subtle.digest('SHA-256', bytes)) })
      }
    }
    const folder = await navigator.storage.getDirectory()
    return {
      local: { ...localStorage },
      session: { ...sessionStorage },
      cookies: document.cookie,
      databases: await indexedDB.databases(),
      private: await Array.fromAsync(folder.keys()),
      files
    }
  })

it('says that it sends nothing, and may not', async () => {
  assert.equal(numberIn(await page.getByTestId('upload-badge').textContent()), 0)
  const refused = page.evaluate(() => new Promise((done) => document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => done(effectiveDirective), { once: true })))
  const sent = await page.evaluate(() => fetch('https://example.org/', { method: 'POST', body: 'x' }).then(() => true, () => false))
  assert.equal(sent, false)
  assert.equal(await refused, 'connect-src')
})

it('explains a scan without keeping or sending any of it', async () => {
  await page.locator('[data-offline=ready]').waitFor()
  // What the test above tried.
  site.requests.length = site.uploads.length = 0
  await choose(page, { name: NAME, mimeType: 'application/gzip', buffer: scan })
  const { volumes } = await explain(page)
  await speak(page, 'ja')
  await untilNamed(page)

  const found = await stored()
  assert.deepEqual(found.local, { 'agelens-language': 'ja' })
  assert.deepEqual([found.session, found.cookies, found.databases, found.private], [{}, '', [], []])
  assert.ok(found.files.length > 5, 'stores nothing of its own')
  const own = [scan, ...Object.values(volumes)].map(hashOf)
  for (const { method, url, hash } of found.files) {
    assert.ok(method === 'GET' && url.startsWith(site.url) && !url.includes('secret') && !own.includes(hash), `stored: ${method} ${url}`)
  }
  assert.ok(!page.url().includes('secret'), page.url())
  assert.deepEqual(site.uploads, [])
  assert.deepEqual(site.offOrigin(), [])
})

it('tells nothing of it in the diagnostics', async () => {
  await page.getByTestId('diagnostics').click()
  const facts = page.getByTestId('diagnostics-text')
  await facts.filter({ hasText: 'engine' }).waitFor()
  assert.ok(!(await facts.textContent()).includes('secret'))
  await page.keyboard.press('Escape')
})

it('keeps it while a sample is looked at, and forgets it with the page', async () => {
  const images = page.getByTestId('sample-select')
  await images.selectOption('0')
  await until('the sample is shown', () => page.evaluate(() => window.agelens.lastResult().source === 'precomputed'))
  await images.selectOption({ label: NAME })
  await until('the own result is back', () => page.evaluate(() => window.agelens.lastResult().source === 'browser'))
  await page.reload()
  await untilShown(page)
  assert.ok(!(await images.textContent()).includes('secret'))
  assert.equal(await page.evaluate(() => window.agelens.lastResult().source), 'precomputed')
  assert.deepEqual(site.errors, [])
})
