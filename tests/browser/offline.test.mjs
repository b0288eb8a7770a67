// What the service worker promises: a second visit needs no network, versions do not mix, and trouble with the storage
// costs nothing but that.

import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { codes, texts } from './support/languages.mjs'
import { speak } from './support/looking.mjs'
import { manifest, scratchFolder } from './support/native.mjs'
import { bundleName, dist, explain, launch, open, pressExplain, until, untilShown } from './support/site.mjs'
import { writeNextVersion } from './support/versions.mjs'

let browser, scratch
before(async () => {
  browser = await launch()
  scratch = scratchFolder()
})
after(async () => {
  await browser?.close()
  scratch?.remove()
})

const query = `?bundle=${bundleName}&backend=cpu`
const note = (page, state) => page.locator(`[data-offline=${state}]`)
const versionOfPage = (page) => page.locator('meta[name=agelens-version]').getAttribute('content')
const sourceOfResult = (page) => page.evaluate(() => window.agelens.lastResult().source)
const cacheNames = (page) => page.evaluate(() => caches.keys())
const weights = () => manifest().files.classifier.path

/** Goes before the service worker's code: files whose address matches find the storage full. */
const fullStorage = (address) => `
  const { put } = Cache.prototype
  Cache.prototype.put = function (url, response) {
    return ${address}.test(url) ? Promise.reject(new DOMException('no room', 'QuotaExceededError')) : put.call(this, url, response)
  }
`
const withFullStorage = (address) => (path, bytes) => (path === 'sw.js' ? Buffer.concat([Buffer.from(fullStorage(address)), bytes]) : bytes)

async function reload(page) {
  await page.reload()
  await untilShown(page)
}

/** Names of the stored files that do not belong to the code. */
const storedFiles = (page) =>
  page.evaluate(async () => {
    const cache = await caches.open((await caches.keys()).find((name) => name.endsWith(' data')))
    return (await cache.keys()).map(({ url }) => new URL(url).pathname.split('/').pop())
  })

it('can lie in any folder: no address in the page is absolute', () => {
  const page = readFileSync(join(dist, 'index.html'), 'utf8')
  const addresses = [...page.matchAll(/(?:src|href|data-wasm)="([^"]*)"/g)].map(([, address]) => address)
  assert.ok(addresses.length > 5, `only ${addresses}`)
  assert.deepEqual(addresses.filter((address) => /^(\/|[a-z]+:)/i.test(address)), [])
  assert.ok(readdirSync(dist).includes('.nojekyll'), 'GitHub would change the files of a pushed branch')
})

it('shows the sample without a network from the second visit on, and explains once it has explained', async (test) => {
  const site = await open(browser, { query })
  test.after(site.close)
  const { page } = site
  await note(page, 'ready').waitFor()

  await site.setOffline(true)
  await reload(page)
  assert.equal(await sourceOfResult(page), 'precomputed')
  assert.match(await pressExplain(page), /connection/, 'the weights were never fetched')

  await site.setOffline(false)
  await reload(page)
  const online = await explain(page)
  await until('weights are stored', async () => (await storedFiles(page)).includes(weights()))

  await site.setOffline(true)
  await reload(page)
  const offline = await explain(page)
  assert.deepEqual(offline.volumes, online.volumes)
  assert.deepEqual(site.errors, [])
})

it('speaks every language without a network, also one that it never spoke before', async (test) => {
  const site = await open(browser, { query })
  test.after(site.close)
  const { page } = site
  await note(page, 'ready').waitFor()
  await site.setOffline(true)
  await reload(page)
  for (const language of [...codes].reverse()) {
    await speak(page, language)
    assert.equal(await page.locator('.brand p').textContent(), texts[language].tagline)
  }
  assert.deepEqual(site.errors, [])
})

it('explains without a network, too, where the engine was started before anything could be stored', async (test) => {
  const site = await open(browser, { query })
  test.after(site.close)
  const online = await explain(site.page)
  await note(site.page, 'ready').waitFor()
  await site.setOffline(true)
  await reload(site.page)
  const offline = await explain(site.page)
  assert.deepEqual(offline.volumes, online.volumes)
})

it('gives way to a new version when no page of the old one is open, and never mixes them', async (test) => {
  const site = await open(browser, { query })
  test.after(site.close)
  const old = site.page
  await note(old, 'ready').waitFor()
  const version = writeNextVersion(join(scratch.path, 'next'))
  assert.notEqual(await versionOfPage(old), version)
  const [oldShell] = (await cacheNames(old)).filter((name) => name.includes(' shell '))

  await site.publish(join(scratch.path, 'next'))
  const fresh = await site.context.newPage()
  await fresh.goto(site.url + query)
  await untilShown(fresh)
  assert.equal(await versionOfPage(fresh), version, 'a new visit gets the new page')
  await note(old, 'update').getByRole('button').waitFor()
  // Its engine's loader is gone from the server.
  await explain(old)

  await note(old, 'update').getByRole('button').click()
  await until('the old page becomes the new one', async () => (await versionOfPage(old).catch(() => '')) === version)
  await old.close()
  await reload(fresh)
  await until('the old version is removed', async () => !(await cacheNames(fresh)).includes(oldShell))
  assert.ok((await cacheNames(fresh)).includes(oldShell.replace(/\S+$/, version)))
  await site.setOffline(true)
  await reload(fresh)
  assert.equal(await versionOfPage(fresh), version)
  assert.equal(await sourceOfResult(fresh), 'precomputed')
})

it('loads the new version when it is asked for, even from a server that takes its time', async (test) => {
  const site = await open(browser, { query })
  test.after(site.close)
  const old = site.page
  await note(old, 'ready').waitFor()
  const version = writeNextVersion(join(scratch.path, 'slow'))
  await site.publish(join(scratch.path, 'slow'))
  const fresh = await site.context.newPage()
  await fresh.goto(site.url + query)
  await untilShown(fresh)
  await note(old, 'update').getByRole('button').waitFor()
  await fresh.close()
  // From now on the server answers nothing.
  await site.setOffline(true)
  await note(old, 'update').getByRole('button').click()
  await until('the old page becomes the new one', async () => (await versionOfPage(old).catch(() => '')) === version)
  await untilShown(old)
  assert.equal(await sourceOfResult(old), 'precomputed')
})

it('works with a full storage, and says that it will not without a network', async (test) => {
  const site = await open(browser, { query, replace: withFullStorage('/./') })
  test.after(site.close)
  await note(site.page, 'quota').waitFor()
  assert.match(await note(site.page, 'quota').textContent(), /no space left/)
  await explain(site.page)
  await reload(site.page)
  assert.equal(await sourceOfResult(site.page), 'precomputed')
  assert.deepEqual(site.errors, [])
})

it('explains where the storage is too full for the weights', async (test) => {
  const site = await open(browser, { query, replace: withFullStorage('/safetensors/') })
  test.after(site.close)
  await note(site.page, 'ready').waitFor()
  await reload(site.page)
  await explain(site.page)
  await note(site.page, 'quota').waitFor()
  assert.ok(!(await storedFiles(site.page)).includes(weights()))
  assert.deepEqual(site.errors, [])
})

it('fetches stored files anew that are no longer what they were', async (test) => {
  const site = await open(browser, { query })
  test.after(site.close)
  const { page } = site
  await explain(page)
  await note(page, 'ready').waitFor()
  await until('weights are stored', async () => (await storedFiles(page)).includes(weights()))
  const inCache = (action) =>
    page.evaluate(
      async ([action, text]) => {
        const cache = await caches.open((await caches.keys()).find((name) => name.endsWith(' data')))
        const files = (await cache.keys()).filter(({ url }) => !url.endsWith('.json'))
        if (action === 'damage') for (const file of files) await cache.put(file, new Response(text))
        const texts = await Promise.all(files.map(async (file) => (await cache.match(file)).text()))
        return { files: files.length, damaged: texts.filter((found) => found === text).length }
      },
      [action, 'not what it was']
    )
  const { files, damaged } = await inCache('damage')
  assert.ok(files > 15 && damaged === files, `${damaged} of ${files}`)
  await reload(page)
  await explain(page)
  await until('every copy is mended', async () => (await inCache('look')).damaged === 0)
  assert.deepEqual(site.errors, [])
})

it('stores no damaged weights, and fetches them again after the message', async (test) => {
  let isDamaged = true
  const damage = (path, bytes) => {
    if (isDamaged && path.endsWith(weights())) bytes[bytes.length >> 1] ^= 1
    return bytes
  }
  const site = await open(browser, { query, replace: damage })
  test.after(site.close)
  await note(site.page, 'ready').waitFor()
  const message = await pressExplain(site.page)
  assert.match(message, /SHA-256/)
  assert.ok(message.includes(weights()), `names no file: ${message}`)
  isDamaged = false
  await explain(site.page)
  assert.deepEqual(site.errors, [])
})

it('removes the worker and all it stored at ?sw=off', async (test) => {
  const site = await open(browser, { query })
  test.after(site.close)
  const { page } = site
  await note(page, 'ready').waitFor()
  await page.goto(`${site.url}?sw=off`)
  await untilShown(page)
  await until('the worker is removed', () => page.evaluate(async () => !(await navigator.serviceWorker.getRegistrations()).length))
  await until('the caches are removed', async () => !(await cacheNames(page)).length)
})
