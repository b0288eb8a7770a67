// What visitors do at the wrong moment, and what breaks on the way: there is always a clear message and a working page.

import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { codes, texts } from './support/languages.mjs'
import { speak } from './support/looking.mjs'
import { manifest } from './support/native.mjs'
import { beforeEngine, bundleName, explain, launch, open, pressExplain, untilShown } from './support/site.mjs'

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

const query = `?bundle=${bundleName}&backend=cpu`

it('explains in two tabs at once', async (test) => {
  const site = await open(browser, { query })
  test.after(site.close)
  const second = await site.context.newPage()
  await second.goto(site.url + query)
  await untilShown(second)
  const [one, other] = await Promise.all([explain(site.page), explain(second)])
  assert.deepEqual(one.volumes, other.volumes)
  assert.deepEqual(site.errors, [])
})

it('says it where the browser is too old', async (test) => {
  const withoutColours = () => void (CSS.supports = (...asked) => !asked.join().includes('light-dark'))
  const withoutVectors = () => void (WebAssembly.validate = () => false)
  for (const script of [withoutColours, withoutVectors, undefined]) {
    const site = await open(browser, { query, script })
    test.after(site.close)
    const notice = site.page.getByTestId('old-browser')
    assert.equal(await notice.isVisible(), script !== undefined)
    // It stands in the document itself, for browsers in which the program does not start.
    const written = await (await fetch(site.url)).text()
    for (const code of codes) {
      assert.ok((await notice.textContent()).includes(texts[code].old_browser), code)
      assert.ok(written.includes(texts[code].old_browser), code)
    }
  }
})

it('is as new after a reload in the middle of an explanation', async (test) => {
  const site = await open(browser, { query })
  test.after(site.close)
  const { page } = site
  await page.getByTestId('explain-button').click()
  await page.waitForFunction(() => window.agelens.state === 'working')
  await page.reload()
  await untilShown(page)
  assert.equal(await page.evaluate(() => window.agelens.lastResult().source), 'precomputed')
  await explain(page)
  assert.deepEqual(site.errors, [])
})

it('tells that the engine broke, and starts another', async (test) => {
  let isBroken = true
  const CRASH = "setTimeout(() => { throw new Error('out of memory') }, 100); await new Promise(() => {})\n"
  const site = await open(browser, {
    // The service worker would refuse a loader that is not the built one.
    query: `${query}&sw=off`,
    replace: beforeEngine(CRASH, () => isBroken)
  })
  test.after(site.close)
  const message = await pressExplain(site.page)
  assert.match(message, /engine stopped.*out of memory/i)
  assert.match(message, /try again/i)
  isBroken = false
  await explain(site.page)
})

it('goes on with the CPU when the graphics device is lost in the middle of the work, and says so', async (test) => {
  // Goes before the engine's code: the device is gone when it is given work for the third time.
  const LOST = `
    const { requestDevice } = GPUAdapter.prototype
    GPUAdapter.prototype.requestDevice = async function (...wishes) {
      const device = await requestDevice.apply(this, wishes)
      const { submit } = GPUQueue.prototype
      let count = 0
      GPUQueue.prototype.submit = function (...work) {
        if (++count === 3) device.destroy()
        return submit.apply(this, work)
      }
      return device
    }
  `
  const site = await open(browser, {
    query: `?bundle=${bundleName}&backend=webgpu&sw=off`,
    replace: beforeEngine(LOST)
  })
  test.after(site.close)
  assert.equal((await explain(site.page)).backend, 'cpu')
  assert.match(await site.page.getByTestId('provenance').textContent(), /WebGPU on .* did not pass.*The CPU is used/s)
})

it('goes on with the CPU when the graphics device is lost after it was found to be fit', async (test) => {
  // Goes before the engine's code: the device is gone with the first work after the self-test.
  const LOST = `
    const { requestDevice } = GPUAdapter.prototype
    GPUAdapter.prototype.requestDevice = async function (...wishes) {
      const device = await requestDevice.apply(this, wishes)
      const { submit } = GPUQueue.prototype
      GPUQueue.prototype.submit = function (...work) {
        if (self.isTested) device.destroy()
        return submit.apply(this, work)
      }
      return device
    }
    const { postMessage } = self
    self.postMessage = (message, ...rest) => {
      self.isTested ||= /"loaded"/.test(message[0])
      return postMessage.call(self, message, ...rest)
    }
  `
  const site = await open(browser, {
    query: `?bundle=${bundleName}&backend=webgpu&sw=off`,
    replace: beforeEngine(LOST)
  })
  test.after(site.close)
  assert.equal((await explain(site.page)).backend, 'cpu')
  assert.match(await site.page.getByTestId('provenance').textContent(), /WebGPU on .* stopped.*The CPU is used/s)
  assert.match(await site.page.getByTestId('backend-badge').textContent(), /CPU/)
})

it('tells of errors that nobody expected, in the language of the page', async (test) => {
  const site = await open(browser, { query })
  test.after(site.close)
  const { page } = site
  const broken = page.getByTestId('broken')
  assert.ok(await broken.isHidden())
  await page.evaluate(() => void Promise.reject(new Error('a promise broke')))
  await broken.filter({ hasText: 'a promise broke' }).waitFor()
  assert.match(await broken.textContent(), /reload/i)
  await page.evaluate(() => setTimeout(() => { throw new Error('a timer broke') }))
  await broken.filter({ hasText: 'a timer broke' }).waitFor()
  for (const language of codes) {
    await speak(page, language)
    const text = await broken.textContent()
    assert.ok(text.startsWith(texts[language]['error.unexpected']) && text.endsWith('a timer broke'), text)
  }
})

it('tells that the weights cannot be fetched, and fetches them when they can', async (test) => {
  const site = await open(browser, { query })
  test.after(site.close)
  const { page } = site
  await page.locator('[data-offline=ready]').waitFor()
  await site.setOffline(true)
  const message = await pressExplain(page)
  assert.match(message, /no connection/)
  assert.match(message, /try again/i)
  await site.setOffline(false)
  await explain(page)
  assert.deepEqual(site.errors, [])
})

it('tells that a download broke off in the middle, and begins anew', async (test) => {
  let isBroken = true
  const weights = manifest().files.young_to_old.path
  const site = await open(browser, { query, replace: (path, bytes) => (isBroken && path.endsWith(weights) ? null : bytes) })
  test.after(site.close)
  const message = await pressExplain(site.page)
  assert.ok(message.includes(weights), `names no file: ${message}`)
  assert.match(message, /broke off/)
  isBroken = false
  await explain(site.page)
  assert.deepEqual(site.errors, [])
})
