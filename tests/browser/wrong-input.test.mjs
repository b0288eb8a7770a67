// Files that cannot be used: the page names the file, says why and what to do, and goes on working.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, it } from 'node:test'
import { explainNatively, phantomSubjects, scratchFolder } from './support/native.mjs'
import { fourDimensional, hugeHeader, textFile, truncatedGzip, withNan } from './support/nifti.mjs'
import { assertSameResult } from './support/parity.mjs'
import { beforeEngine, bundleName, choose, explain, launch, open, pressExplain, untilOpen } from './support/site.mjs'

const CASES = [
  { name: 'notes.nii', make: textFile, reason: /text file/i, remedy: /NIfTI/ },
  { name: 'half.nii.gz', make: truncatedGzip, reason: /gzip|damaged/i, remedy: /again/i },
  { name: 'series.nii', make: fourDimensional, reason: /4-?D|dimension|volumes|time/i, remedy: /one|single|extract|split/i },
  { name: 'holes.nii', make: withNan, reason: /NaN/, remedy: /replace/i },
  { name: 'huge.nii', make: hugeHeader, reason: /bytes|GB|GiB|memory/i, remedy: /crop|resample|again/i }
]

let browser, scratch, good, site
before(async () => {
  browser = await launch()
  scratch = scratchFolder()
  good = phantomSubjects(scratch.path)[0]
  site = await open(browser, { query: `?bundle=${bundleName}&backend=cpu` })
})
after(async () => {
  await site?.close()
  await browser?.close()
  scratch?.remove()
})

for (const { name, make, reason, remedy } of CASES) {
  it(`refuses ${name} with a reason and a remedy`, async () => {
    await choose(site.page, { name, mimeType: 'application/octet-stream', buffer: make(readFileSync(good)) })
    const message = await pressExplain(site.page)
    assert.ok(message.includes(name), `names no file: ${message}`)
    assert.match(message, reason)
    assert.match(message, remedy)
  })
}

it('reads no more than the start of a file that cannot be used', async (test) => {
  const COUNT = `
    const { stream } = Blob.prototype
    self.readBytes = []
    Blob.prototype.stream = function () {
      self.readBytes.push(this.size)
      return stream.call(this)
    }
  `
  const site = await open(browser, {
    query: `?bundle=${bundleName}&backend=cpu&sw=off`,
    replace: beforeEngine(COUNT)
  })
  test.after(site.close)
  const { page } = site
  const series = fourDimensional(readFileSync(good)).subarray(0, 400)
  await page.evaluate((start) => {
    const list = new DataTransfer()
    const rest = new Uint8Array(100_000_000)
    list.items.add(new File([new Uint8Array(start), rest, rest, rest, rest], 'series.nii'))
    const input = document.querySelector('[data-testid=file-input]')
    input.files = list.files
    input.dispatchEvent(new Event('change'))
  }, [...series])
  await untilOpen(page, 'series.nii')
  assert.match(await pressExplain(page), /series\.nii.*(4-?D|dimension|volumes|time)/i)
  assert.deepEqual(await page.workers()[0].evaluate(() => self.readBytes), [65_536])
  assert.deepEqual(site.errors, [])
})

it('explains a good file afterwards', async () => {
  await choose(site.page, good)
  assertSameResult(await explain(site.page), explainNatively(good, scratch.path))
  assert.deepEqual(site.errors, [])
})
