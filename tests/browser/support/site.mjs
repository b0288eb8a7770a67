// A browser with WebGPU and the built page, served under a sub-path as a project page would be.
// WebGPU runs on SwiftShader, Chromium's software adapter: every machine can run these tests, and none may skip them.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { serve } from '../../../scripts/serve.mjs'

export const repository = join(dirname(fileURLToPath(import.meta.url)), '../../..')
/** The built page; AGELENS_SITE tests another folder. */
export const dist = process.env.AGELENS_SITE ?? join(repository, 'dist')
export const bundleName = 'phantom-small'
export const bundleFolder = join(dist, 'models', bundleName)

/** Time for a whole explanation over a software adapter on two cores, compilation of shaders included. */
export const EXPLAIN_LIMIT_MS = 240_000
/** Time for what a page does at once, on a machine that does much else. */
const UNTIL_LIMIT_MS = 30_000

const ARGUMENTS = [
  '--headless=new',
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run'
]

/** Starts Chromium; fails where it offers no WebGPU adapter. */
export async function launch() {
  const executablePath = execFileSync(join(repository, 'scripts/chromium.sh'), { encoding: 'utf8' }).trim()
  assert.ok(executablePath, 'no Chromium: run make test-browser, or set CHROMIUM')
  // Playwright's own headless mode is a browser without WebGPU, so the flag is given here instead.
  return chromium.launch({ executablePath, headless: false, args: ARGUMENTS })
}

/**
 * Opens the page in a fresh profile, and waits for its first picture. `query` is what follows the address; `replace`
 * damages files (see serve); `profile` is what Playwright takes for a context; `script` runs before the page's own.
 * Returns the page with what went wrong in it: uncaught errors, requests that left the origin, and
 * requests that carried anything. Its `publish(folder)` serves another folder from then on; its `setOffline(true)` takes the
 * network away, and the server too, so that nothing can be had from it by any way.
 */
export async function open(browser, { query = '', replace = undefined, profile = {}, script = undefined } = {}) {
  const prefix = '/some/sub/path/'
  let directory = dist
  let site = await serve({ directory, prefix, replace })
  const { url } = site
  const context = await browser.newContext(profile)
  if (script) await context.addInitScript(script)
  const close = async () => {
    await context.close()
    await site.close()
  }
  const setOffline = async (offline) => {
    await context.setOffline(offline)
    if (offline) await site.close()
    else site = await serve({ directory, prefix, replace, port: Number(new URL(url).port) })
  }
  const publish = async (folder) => {
    directory = folder
    await site.close()
    await setOffline(false)
  }
  const page = await context.newPage()
  const origin = new URL(url).origin
  const requests = []
  const uploads = []
  const errors = []
  context.on('request', (request) => {
    requests.push(request.url())
    if (request.method() !== 'GET' || request.postDataBuffer()?.length) uploads.push(`${request.method()} ${request.url()}`)
  })
  page.on('pageerror', (error) => errors.push(error.message))
  try {
    await page.goto(url + query)
    const adapter = await page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()))
    assert.ok(adapter, 'Chromium has no WebGPU adapter')
    await untilShown(page)
  } catch (error) {
    await close()
    throw error
  }
  const isOurs = (url) => url.startsWith('blob:') || url.startsWith('data:') || new URL(url).origin === origin
  return { page, context, url, requests, errors, uploads, offOrigin: () => requests.filter((url) => !isOurs(url)), setOffline, publish, close }
}

/** For `replace`: puts code before the engine's own, as long as `isWanted` says so. */
export const beforeEngine = (code, isWanted = () => true) => (path, bytes) =>
  isWanted() && /^worker.*loader\.js$/.test(path) ? Buffer.concat([Buffer.from(code), bytes]) : bytes

/** Waits for the first picture, or for the message that there is none. */
export const untilShown = (page) => page.waitForFunction(() => ['ready', 'failed'].includes(window.agelens?.state))

/** Waits until `check` comes true; `what` is said where it does not. */
export async function until(what, check) {
  const deadline_ms = Date.now() + UNTIL_LIMIT_MS
  while (!(await check())) {
    assert.ok(Date.now() < deadline_ms, `does not happen: ${what}`)
    await new Promise((next) => setTimeout(next, 50))
  }
}

/** Chooses a file and waits until the page has read it. `file`: a path, or what Playwright takes for one in memory. */
export async function choose(page, file) {
  await page.getByTestId('file-input').setInputFiles(file)
  await untilOpen(page, file.name ?? basename(file))
}

/** Waits until the page says that it holds the file. */
export async function untilOpen(page, name) {
  await page.getByTestId('status').filter({ hasText: `${name} is open` }).waitFor()
}

/** Presses Explain and waits for the end, good or bad; resolves to the error that the page shows, or to ''. */
export async function pressExplain(page) {
  await page.getByTestId('explain-button').click()
  await page.waitForFunction(() => window.agelens.state !== 'working', undefined, { timeout: EXPLAIN_LIMIT_MS })
  const error = page.getByTestId('error')
  return (await error.isVisible()) ? error.textContent() : ''
}

/**
 * Presses Explain, and Cancel as soon as the page says `words`; resolves to the time until it answers, and all it said.
 * Both within the page: a stage may be over before a test has heard of it.
 */
export async function cancelAt(page, words) {
  const found = await page.evaluate(async (words) => {
    const [seen, status] = [[], document.getElementById('status')]
    const isSaid = new Promise((done) => {
      const note = () => {
        seen.push(status.textContent)
        if (status.textContent.includes(words)) done(true)
        if (window.agelens.state !== 'working') done(false)
      }
      new MutationObserver(note).observe(status, { childList: true, subtree: true })
    })
    document.getElementById('explain').click()
    if (!(await isSaid)) return { seen }
    const started = performance.now()
    document.getElementById('cancel').click()
    while (window.agelens.state === 'working') await new Promise((next) => setTimeout(next, 2))
    return { seen, answeredAfter_ms: performance.now() - started }
  }, words)
  assert.ok(found.answeredAfter_ms !== undefined, `never says “${words}”: ${found.seen.join(' | ')}`)
  return found
}

/** Explains what is open; resolves to the result: numbers, and the bytes of its volumes. */
export async function explain(page) {
  assert.equal(await pressExplain(page), '', 'the page shows an error')
  const result = await lastResult(page)
  assert.equal(result.source, 'browser')
  return result
}

/** What the page shows: numbers, and the bytes of its volumes. */
export async function lastResult(page) {
  const result = await page.evaluate(async () => {
    const { volumes, ...numbers } = window.agelens.lastResult()
    const toBase64 = (bytes) =>
      new Promise((done) => {
        const reader = new FileReader()
        reader.onload = () => done(reader.result.split(',')[1])
        reader.readAsDataURL(new Blob([bytes]))
      })
    const encoded = {}
    for (const [name, bytes] of Object.entries(volumes)) encoded[name] = await toBase64(bytes)
    return { ...numbers, volumes: encoded }
  })
  for (const name in result.volumes) result.volumes[name] = Buffer.from(result.volumes[name], 'base64')
  return result
}

/** Copies the link by its button. */
export async function copyLink(page) {
  await page.evaluate(() => navigator.clipboard.writeText(''))
  await page.getByTestId('share').click()
  await until('a link is copied', () => page.evaluate(async () => (await navigator.clipboard.readText()) !== ''))
  return page.evaluate(() => navigator.clipboard.readText())
}
