// The page trusts neither its downloads nor the device: both are checked, and a failed check is said.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { bundleFile, explainNatively, manifest, scratchFolder } from './support/native.mjs'
import { withShiftedValues } from './support/nifti.mjs'
import { assertSameResult } from './support/parity.mjs'
import { beforeEngine, bundleFolder, bundleName, choose, explain, launch, open, pressExplain } from './support/site.mjs'

let browser, scratch
before(async () => {
  browser = await launch()
  scratch = scratchFolder()
})
after(async () => {
  await browser?.close()
  scratch?.remove()
})

/** Goes before the worker's code: what a WebGPU device computed is read back half as large again. It runs, and is wrong. */
const WRONG_DEVICE = `
  const { getMappedRange } = GPUBuffer.prototype
  GPUBuffer.prototype.getMappedRange = function (...range) {
    const bytes = getMappedRange.apply(this, range)
    if (this.usage & GPUBufferUsage.MAP_READ) new Float32Array(bytes).forEach((value, index, values) => (values[index] = 1.5 * value))
    return bytes
  }
`

/** Where the site keeps the bundle. */
const inBundle = `models/${bundleName}/`

it('refuses weights with a wrong byte, by their SHA-256', async (test) => {
  const weights = manifest().files.classifier.path
  const site = await open(browser, {
    query: `?bundle=${bundleName}&backend=cpu`,
    replace: (path, bytes) => {
      if (path === `${inBundle}${weights}`) bytes[bytes.length >> 1] ^= 1
      return bytes
    }
  })
  test.after(site.close)
  const message = await pressExplain(site.page)
  assert.match(message, /SHA-256/)
  assert.ok(message.includes(weights), `names no file: ${message}`)
})

it('leaves a WebGPU device that computes wrongly for the CPU, and says why', async (test) => {
  const site = await open(browser, {
    query: `?bundle=${bundleName}&backend=webgpu`,
    replace: beforeEngine(WRONG_DEVICE)
  })
  test.after(site.close)
  const input = bundleFile(manifest().samples[0].original)
  await choose(site.page, input)
  const result = await explain(site.page)
  assert.equal(result.backend, 'cpu')
  assertSameResult(result, explainNatively(input, scratch.path))
  const badge = site.page.getByTestId('backend-badge')
  assert.match(await badge.textContent(), /cpu/i)
  assert.match(await badge.getAttribute('title'), /self-test/i)
})

it('explains nothing where no device passes the self-test', async (test) => {
  // The expected translation is changed, and its checksum with it: to the page every device computes wrongly.
  const card = manifest()
  const entry = card.files[card.reference[0].translated]
  const { path: referencePath } = entry
  const tampered = withShiftedValues(readFileSync(join(bundleFolder, referencePath)))
  Object.assign(entry, { bytes: tampered.length, sha256: createHash('sha256').update(tampered).digest('hex') })

  const site = await open(browser, {
    query: `?bundle=${bundleName}&backend=webgpu`,
    replace: (path, bytes) => {
      if (path === `${inBundle}${referencePath}`) return tampered
      return path === `${inBundle}manifest.json` ? Buffer.from(JSON.stringify(card)) : bytes
    }
  })
  test.after(site.close)
  assert.match(await pressExplain(site.page), /self-test/)
  assert.match(await site.page.getByTestId('backend-badge').textContent(), /cpu/i)
})

it('takes the CPU by itself where WebGPU is only software, and says why', async (test) => {
  const site = await open(browser, { query: `?bundle=${bundleName}` })
  test.after(site.close)
  const result = await explain(site.page)
  assert.equal(result.backend, 'cpu')
  const badge = site.page.getByTestId('backend-badge')
  assert.match(await badge.textContent(), /cpu/i)
  assert.match(await badge.getAttribute('title'), /runs in software.*faster CPU/)
  assert.match(await site.page.getByTestId('provenance').textContent(), /Self-test passed/)
})
