// A screen that nobody sees, for browsers that draw on a screen only.

import { spawn } from 'node:child_process'
import { serve } from '../../../scripts/serve.mjs'
import { scratchFolder } from './native.mjs'
import { dist } from './site.mjs'

/** Starts it. Resolves to its name, as the variable DISPLAY takes it, and what ends it. */
async function startDisplay() {
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1440x1000x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  const number = await new Promise((done, failed) => {
    server.once('error', (error) => failed(new Error(`no screen: run make test-browser, which installs Xvfb (${error.message})`)))
    server.once('exit', (code) => failed(new Error(`Xvfb ended with ${code}`)))
    server.stdio[3].once('data', (text) => done(String(text).trim()))
  })
  return { name: `:${number}`, close: () => server.kill() }
}

/** What tests in another browser than Chromium begin with: the page on a server, a screen, a folder; `close` ends all. */
export async function startSiteAndDisplay() {
  const scratch = scratchFolder()
  const site = await serve({ directory: dist, prefix: '/some/sub/path/' })
  const display = await startDisplay()
  const close = async () => {
    display.close()
    await site.close()
    scratch.remove()
  }
  return { site, display, scratch, close }
}
