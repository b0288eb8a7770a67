// WebKit, the engine of Safari and of every browser on iOS, as WebKitGTK has it; driven by W3C WebDriver.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { EXPLAIN_LIMIT_MS, until } from './site.mjs'

const DRIVER = '/usr/bin/WebKitWebDriver'
/** A browser with nothing around the page, which comes with the driver. */
const BROWSER = readdirSync('/usr/lib')
  .map((folder) => join('/usr/lib', folder, 'webkit2gtk-4.1/MiniBrowser'))
  .find(existsSync)

/** Starts it on a screen. Resolves to a page, with the few calls of Puppeteer's pages that the tests need; `close` ends it. */
export async function openWebKit(screen, url, { hasWebGl = true } = {}) {
  assert.ok(existsSync(DRIVER) && BROWSER, 'no WebKit: run make test-browser, which installs webkit2gtk-driver')
  const port = await freePort()
  const env = { ...process.env, DISPLAY: screen, LIBGL_ALWAYS_SOFTWARE: '1' }
  const driver = spawn(DRIVER, [`--port=${port}`], { env, stdio: 'ignore' })
  const ask = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) })
    const { value } = await response.json()
    if (value?.error) throw new Error(`WebKit: ${value.error}: ${value.message}`)
    return value
  }
  try {
    return await openPage(ask, driver, url, hasWebGl)
  } catch (error) {
    driver.kill()
    throw error
  }
}

async function openPage(ask, driver, url, hasWebGl) {
  await until('the driver listens', () => ask('GET', '/status').then(({ ready }) => ready, () => false))
  const args = ['--automation', ...(hasWebGl ? [] : ['--enable-webgl=false'])]
  const { sessionId } = await ask('POST', '/session', {
    capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary: BROWSER, args } } }
  })
  const session = `/session/${sessionId}`
  await ask('POST', `${session}/timeouts`, { script: 120_000 })
  await ask('POST', `${session}/url`, { url })
  const evaluate = async (of, ...args) => {
    const script = `const done = arguments[arguments.length - 1]
      Promise.resolve((${of})(...arguments[0])).then((value) => done({ value }), (error) => done({ error: String(error) }))`
    const { value, error } = await ask('POST', `${session}/execute/async`, { script, args: [args] })
    if (error) throw new Error(error)
    return value
  }
  const elementOf = async (id) => {
    const element = await ask('POST', `${session}/element`, { using: 'css selector', value: `[data-testid=${id}]` })
    return `${session}/element/${Object.values(element)[0]}`
  }
  return {
    evaluate,
    /** As long as an explanation may take. */
    async waitForFunction(of) {
      const end = performance.now() + EXPLAIN_LIMIT_MS
      while (!(await evaluate(of))) {
        assert.ok(performance.now() < end, `does not happen: ${of}`)
        await setTimeout(100)
      }
    },
    text: (id) => evaluate((id) => document.querySelector(`[data-testid=${id}]`).textContent, id),
    /** Presses it as a person would: with the pointer, where it lies. */
    press: async (id) => ask('POST', `${await elementOf(id)}/click`, {}),
    /** Chooses a file, by its path, in a field for files. */
    upload: async (id, path) => ask('POST', `${await elementOf(id)}/value`, { text: path }),
    go: (url) => ask('POST', `${session}/url`, { url }),
    /** What is in the window, PNG. Pictures of single elements are cut wrongly where the page is scrolled. */
    screenshot: async () => Buffer.from(await ask('GET', `${session}/screenshot`), 'base64'),
    async close() {
      await ask('DELETE', session).catch(() => {})
      driver.kill()
    }
  }
}

function freePort() {
  return new Promise((done, failed) => {
    const server = createServer().once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}
