// The page computes what the native program computes: over WebGPU, on the CPU, for samples and for dropped files.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { bundleFile, explainNatively, manifest, phantomSubjects, scratchFolder } from './support/native.mjs'
import { assertSameResult } from './support/parity.mjs'
import { bundleName, choose, explain, launch, open, untilOpen } from './support/site.mjs'

let browser, scratch, subjects
before(async () => {
  browser = await launch()
  scratch = scratchFolder()
  subjects = phantomSubjects(scratch.path)
})
after(async () => {
  await browser?.close()
  scratch?.remove()
})

/** Drops a file onto the page as a person would from a folder. */
async function drop(page, path) {
  const data = await page.evaluateHandle(
    ([name, base64]) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name))
      return transfer
    },
    [basename(path), readFileSync(path).toString('base64')]
  )
  const zone = page.getByTestId('drop-zone')
  for (const type of ['dragenter', 'dragover', 'drop']) await zone.dispatchEvent(type, { dataTransfer: data })
  await untilOpen(page, basename(path))
}

for (const [backend, badge] of [
  ['webgpu', /webgpu/i],
  ['cpu', /cpu/i]
]) {
  describe(`backend ${backend}`, () => {
    let site
    before(async () => {
      site = await open(browser, { query: `?bundle=${bundleName}&backend=${backend}` })
    })
    after(() => site?.close())

    it('explains a dropped file', async () => {
      await drop(site.page, subjects[0])
      assertSameResult(await explain(site.page), explainNatively(subjects[0], scratch.path))
      assert.match(await site.page.getByTestId('backend-badge').textContent(), badge)
    })

    it('explains a chosen file', async () => {
      const input = subjects.at(-1)
      await choose(site.page, input)
      assertSameResult(await explain(site.page), explainNatively(input, scratch.path))
    })

    it('explains every sample', async () => {
      for (const sample of manifest().samples) {
        await site.page.getByTestId('sample-select').selectOption({ label: sample.title })
        await site.page.getByTestId('status').filter({ hasText: sample.title }).waitFor()
        const native = explainNatively(bundleFile(sample.original), scratch.path, sample.direction)
        assertSameResult(await explain(site.page), native)
      }
    })

    it('explains in the direction that is chosen, whatever the sample comes with', async () => {
      const [sample] = manifest().samples
      const other = sample.direction === 'young_to_old' ? 'old_to_young' : 'young_to_old'
      await site.page.getByTestId('sample-select').selectOption({ label: sample.title })
      await site.page.getByTestId('status').filter({ hasText: sample.title }).waitFor()
      await site.page.locator(`input[name=direction][value=${other}]`).check({ force: true })
      const result = await explain(site.page)
      assert.equal(result.direction, other)
      assertSameResult(result, explainNatively(bundleFile(sample.original), scratch.path, other))
      await site.page.locator('input[name=direction][value=auto]').check({ force: true })
      assert.equal((await explain(site.page)).direction, sample.direction)
    })

    it('shows the probabilities it computed, no error, and has sent nothing', async () => {
      const result = await site.page.evaluate(() => window.agelens.lastResult())
      for (const [id, value] of [
        ['probability-before', result.probabilityOldBefore],
        ['probability-after', result.probabilityOldAfter]
      ]) {
        const text = await site.page.getByTestId(id).textContent()
        const percent = Number(text.match(/[\d.]+/)[0])
        assert.ok(Math.abs(percent - value * 100) <= 1, `${id} shows ${text}, computed ${value}`)
      }
      assert.deepEqual(site.errors, [])
      assert.deepEqual(site.offOrigin(), [])
    })
  })
}

// Whole volumes, three-dimensional kernels, and an age read from the whole image.
for (const backend of ['webgpu', 'cpu']) {
  it(`explains a volume as the native program does: ${backend}`, async (test) => {
    const bundle = 'phantom'
    const { data, files, models, samples } = manifest(bundle)
    assert.ok(models.generator.kind === 'volume' && files.ageing, 'the bundle is another than this test is for')
    const sample = samples.find(({ direction }) => direction === 'old_to_young')
    const site = await open(browser, { query: `?bundle=${bundle}&backend=${backend}` })
    test.after(site.close)
    await site.page.getByTestId('sample-select').selectOption({ label: sample.title })
    await site.page.getByTestId('status').filter({ hasText: sample.title }).waitFor()
    const native = explainNatively(bundleFile(sample.original, bundle), scratch.path, sample.direction, bundle)
    assertSameResult(await explain(site.page), native, data.value_step)
    assert.deepEqual(site.errors, [])
  })
}
