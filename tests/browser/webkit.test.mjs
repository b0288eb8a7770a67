// A third engine: WebKit, that of Safari and of every browser on iOS. It computes on the CPU.

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { PNG } from 'pngjs'
import { startSiteAndDisplay } from './support/display.mjs'
import { rawHead } from './support/head.mjs'
import { bundleFile, explainNatively, manifest, prepareNatively } from './support/native.mjs'
import { assertSameResult } from './support/parity.mjs'
import { lit, part } from './support/pictures.mjs'
import { bundleName, lastResult, until } from './support/site.mjs'
import { openWebKit } from './support/webkit.mjs'

const [sample] = manifest().samples

let site, display, scratch, close
before(async () => {
  ;({ site, display, scratch, close } = await startSiteAndDisplay())
})
after(() => close?.())

for (const [what, hasWebGl] of [
  ['with WebGL', true],
  ['without WebGL', false]
]) {
  describe(`WebKit ${what}`, () => {
    let page
    before(async () => {
      page = await openWebKit(display.name, `${site.url}?bundle=${bundleName}#v=1&lang=en`, { hasWebGl })
      await page.waitForFunction(() => Boolean(window.agelens?.lastResult?.()) && window.agelens.state === 'ready')
    })
    after(() => page?.close())

    it('shows the first case', async () => {
      const { name, source } = await lastResult(page)
      assert.deepEqual([name, source], [sample.title, 'precomputed'])
      assert.match(await page.text('probability-before'), /\d/)
      assert.equal(await page.evaluate(() => window.agelensViewer.flat), !hasWebGl)
      assert.equal(await page.text('error'), '')
      // Original, translated, difference; the others on demand.
      const places = await page.evaluate(() => {
        const screens = [...document.querySelectorAll('.panel:not([hidden]) .screen')]
        screens[0].scrollIntoView({ block: 'center' })
        return screens.map((screen) => {
          const { left, top, right, bottom } = screen.getBoundingClientRect()
          return { left: left / innerWidth, top: top / innerHeight, right: right / innerWidth, bottom: bottom / innerHeight }
        })
      })
      assert.equal(places.length, 3)
      await until('three maps are drawn', async () => {
        const picture = PNG.sync.read(await page.screenshot())
        return places.every((place) => lit(part(picture, place)) > 0.1)
      })
    })

    it('explains on the CPU as the native program does', async () => {
      await page.press('explain-button')
      await page.waitForFunction(() => window.agelens.state === 'working' || window.agelens.lastResult().source === 'browser')
      await page.waitForFunction(() => window.agelens.state !== 'working')
      const result = await lastResult(page)
      assert.deepEqual([result.source, result.backend], ['browser', 'cpu'])
      assertSameResult(result, explainNatively(bundleFile(sample.original), scratch.path, sample.direction))
      assert.match(await page.text('backend-badge'), /CPU/)
    })

    it('fetches nothing from another host, and may send nothing', async () => {
      const fetched = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name))
      assert.ok(fetched.length > 10)
      const { origin } = new URL(site.url)
      assert.deepEqual(fetched.filter((name) => !(name.startsWith(origin) || /^(blob|data):/.test(name))), [])
      assert.equal(await page.evaluate(() => document.querySelector('[data-testid=upload-badge]').dataset.state), 'enforced')
    })

    if (!hasWebGl) return
    it('prepares a raw T1 image and judges it as the native program does', async () => {
      const bundle = 'oasis1-t1-slab'
      await page.go(`${site.url}?bundle=${bundle}#v=1&lang=en`)
      await page.waitForFunction(() => Boolean(window.agelens?.lastResult?.()) && window.agelens.state === 'ready')
      const file = join(scratch.path, 'head.nii.gz')
      writeFileSync(file, rawHead())
      await page.upload('file-input', file)
      await until('the file is read', async () => (await page.text('status')).includes('head.nii.gz is open'))
      await page.press('explain-button')
      const told = () => window.agelens.lastResult()?.name === 'head.nii.gz' || window.agelens.state === 'failed'
      await page.waitForFunction(told)
      assert.equal(await page.text('error'), '')
      const { probabilityOldBefore } = await lastResult(page)
      const gm = join(scratch.path, 'gm.nii.gz')
      writeFileSync(gm, prepareNatively(file, scratch.path))
      const native = explainNatively(gm, scratch.path, undefined, bundle)
      assert.ok(Math.abs(probabilityOldBefore - native.probability_old_before) < 1e-3, `${probabilityOldBefore}, ${native.probability_old_before}`)
    })
  })
}
