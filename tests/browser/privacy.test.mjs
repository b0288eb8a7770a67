// An image of the visitor's own stays in memory: nothing is sent, nothing is stored, and it is gone with the page.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { serve } from '../../scripts/serve.mjs'
import { numberIn, speak, untilNamed } from './support/looking.mjs'
import { phantomSubjects, scratchFolder } from './support/native.mjs'
import { bundleName, choose, dist, explain, launch, open, repository, until, untilShown } from './support/site.mjs'

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

/** A server of another origin, which takes what it gets. */
async function listen() {
  const received = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => (body += part))
    request.on('end', () => {
      received.push(`${request.method} ${body}`)
      response.writeHead(200, { 'Access-Control-Allow-Origin': '*' }).end()
    })
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return { received, url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() }
}

/** Tries to send from wherever it runs. */
const send = (url) => fetch(url, { method: 'POST', body: 'a scan' }).then(() => 'sent', () => 'refused')
/** What the badge says of requests to other sites: how many went out, how many were refused, and whether they are blocked. */
const badge = async (page) => {
  const found = page.getByTestId('upload-badge')
  const tip = await found.getAttribute('title')
  const [, out, refused] = tip.match(/So far (\d+) went out and (\d+) were blocked/) ?? [tip]
  return { state: await found.getAttribute('data-state'), label: numberIn(await found.textContent()), out: Number(out), refused: Number(refused) }
}

it('may send nothing, neither from the page nor from the engine, and counts who tries', async (test) => {
  const other = await listen()
  test.after(other.close)
  const site = await open(browser, { query: `?bundle=${bundleName}&backend=cpu` })
  test.after(site.close)
  const { page } = site
  await explain(page)
  assert.equal(page.workers().length, 1)
  assert.deepEqual(await badge(page), { state: 'enforced', label: 0, out: 0, refused: 0 })
  assert.equal(await page.evaluate(send, other.url), 'refused')
  await until('the page counts it', async () => (await badge(page)).refused === 1)
  assert.equal(await page.workers()[0].evaluate(send, other.url), 'refused')
  await until('the engine counts it', async () => (await badge(page)).refused === 2)
  assert.deepEqual(await badge(page), { state: 'enforced', label: 0, out: 0, refused: 2 })
  assert.deepEqual(other.received, [])
})

it('works where the policy is a header, too, as docs/publishing.md has it', async (test) => {
  const [policy] = readFileSync(join(repository, 'docs/publishing.md'), 'utf8').match(/(?<=Content-Security-Policy ")[^"]+/)
  const served = await serve({ directory: dist, prefix: '/brains/', headers: { 'Content-Security-Policy': policy } })
  test.after(served.close)
  const context = await browser.newContext()
  test.after(() => context.close())
  const page = await context.newPage()
  await page.goto(`${served.url}?bundle=${bundleName}&backend=cpu`)
  await untilShown(page)
  assert.equal((await explain(page)).source, 'browser')
  assert.equal((await badge(page)).state, 'enforced')
  await page.locator('[data-offline=ready]').waitFor()
  const [worker] = context.serviceWorkers()
  const other = await listen()
  test.after(other.close)
  assert.equal(await worker.evaluate(send, other.url), 'refused')
  assert.deepEqual(other.received, [])
})

it('says where nothing keeps it from sending, and counts what goes out', async (test) => {
  const other = await listen()
  test.after(other.close)
  const POLICY = /<meta\s+http-equiv="Content-Security-Policy"[^>]*>/
  const site = await open(browser, {
    query: `?bundle=${bundleName}&backend=cpu&sw=off`,
    replace: (path, bytes) => (path === 'index.html' ? Buffer.from(bytes.toString().replace(POLICY, '')) : bytes)
  })
  test.after(site.close)
  const { page } = site
  await explain(page)
  assert.deepEqual(await badge(page), { state: 'open', label: 0, out: 0, refused: 0 })
  assert.equal(await page.evaluate(send, other.url), 'sent')
  assert.equal(await page.workers()[0].evaluate(send, other.url), 'sent')
  await until('the page counts it', async () => (await badge(page)).out === 1)
  assert.deepEqual(other.received, ['POST a scan', 'POST a scan'])
})

it('explains a scan without keeping or sending any of it', async () => {
  await page.locator('[data-offline=ready]').waitFor()
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
