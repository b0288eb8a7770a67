// A page in a real Chromium that holds nothing but the built converter, under the rules of the AgeLens page.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serve } from '../../../../scripts/serve.mjs'

const repository = join(dirname(fileURLToPath(import.meta.url)), '../../../..')
const dist = join(repository, 'web/dicom/dist')

/** Opens the page. Resolves to `{ page, convert, looksLikeDicom, failures, close }`. */
export async function open() {
  const policy = contentPolicy()
  const folder = mkdtempSync(join(tmpdir(), 'agelens-dicom-site-'))
  cpSync(dist, folder, { recursive: true })
  const { converter } = JSON.parse(readFileSync(join(dist, 'dicom/entry.json'), 'utf8'))
  writeFileSync(join(folder, 'page.js'), `import * as dicom from './dicom/${converter}'\nwindow.dicom = dicom\n`)
  writeFileSync(
    join(folder, 'index.html'),
    `<!doctype html><link rel="icon" href="data:,"><meta http-equiv="Content-Security-Policy" content="${policy}"><script type="module" src="page.js"></script>
     <input type="file" id="files" multiple><input type="file" id="folder" webkitdirectory>`
  )
  // As a header too, which binds the worker.
  const site = await serve({ directory: folder, prefix: '/some/sub/path/', headers: { 'Content-Security-Policy': policy } })
  const browser = await chromium().launch({ executablePath: executable(), args: ['--no-sandbox'] })
  const page = await (await browser.newContext()).newPage()
  const failures = []
  page.on('pageerror', (error) => failures.push(error.message))
  page.on('console', (message) => message.type() === 'error' && failures.push(message.text()))
  page.on('request', (request) => {
    const isOurs = request.url().startsWith(new URL(site.url).origin) || request.url().startsWith('blob:')
    if (!isOurs || request.method() !== 'GET') failures.push(`${request.method()} ${request.url()}`)
  })
  await page.goto(site.url)
  await page.waitForFunction(() => window.dicom)

  return {
    page,
    failures,
    /** Converts files, or the folder where `paths` is one; resolves to `{ result, progress }` or to `{ error }`. */
    async convert(paths) {
      const input = Array.isArray(paths) ? '#files' : '#folder'
      await page.setInputFiles(input, paths)
      const told = await page.evaluate(convertInput, input)
      for (const one of told.result?.series ?? []) one.bytes = one.bytes && Buffer.from(one.bytes, 'base64')
      return told
    },
    async looksLikeDicom(paths) {
      await page.setInputFiles('#files', paths)
      return page.evaluate(() => window.dicom.looksLikeDicom(document.querySelector('#files').files))
    },
    /** Drops files or folders on the page; resolves to the names of the files that the page gets. */
    async drop(paths) {
      await page.evaluate(() => {
        window.dropped = new Promise((done) => {
          document.ondragover = (event) => event.preventDefault()
          document.ondrop = (event) => {
            event.preventDefault()
            const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry())
            done(window.dicom.filesOf(entries))
          }
        })
      })
      const devtools = await page.context().newCDPSession(page)
      const data = { items: [], files: paths, dragOperationsMask: 1 }
      for (const type of ['dragEnter', 'dragOver', 'drop']) await devtools.send('Input.dispatchDragEvent', { type, x: 200, y: 200, data })
      return page.evaluate(async () => (await window.dropped).map(({ name }) => name).sort())
    },
    async close() {
      await browser.close()
      await site.close()
      rmSync(folder, { recursive: true })
    }
  }
}

/** Runs in the page. */
async function convertInput(input) {
  const progress = []
  const started = performance.now()
  try {
    const result = await window.dicom.convert(document.querySelector(input).files, { onProgress: (step) => progress.push(step) })
    const taken_s = (performance.now() - started) / 1000
    const toBase64 = (bytes) =>
      new Promise((done) => {
        const reader = new FileReader()
        reader.onload = () => done(reader.result.split(',')[1])
        reader.readAsDataURL(new Blob([bytes]))
      })
    for (const one of result.series) one.bytes = one.bytes && (await toBase64(one.bytes))
    return { result, progress, taken_s }
  } catch (error) {
    if (!error.code) throw error
    return { error: { code: error.code, values: error.values }, progress }
  }
}

/** The rules of the page, which the converter must keep. */
function contentPolicy() {
  const page = readFileSync(join(repository, 'static/index.html'), 'utf8')
  const policy = page.match(/Content-Security-Policy"\s+content="([^"]+)"/)?.[1]
  assert.ok(policy, 'static/index.html: has no Content-Security-Policy that this test understands')
  return policy
}

function chromium() {
  const folder = join(repository, 'tests/browser')
  assert.ok(
    existsSync(join(folder, 'node_modules/playwright-core')),
    'tests/browser/node_modules/playwright-core: is missing. Run `npm ci --prefix tests/browser`.'
  )
  return createRequire(join(folder, 'package.json'))('playwright-core').chromium
}

function executable() {
  const path = execFileSync(join(repository, 'scripts/chromium.sh'), { encoding: 'utf8' }).trim()
  assert.ok(path, 'no Chromium: run `scripts/install.sh chromium`, or set CHROMIUM')
  return path
}
