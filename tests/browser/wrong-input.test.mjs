// Files that cannot be used: the page names the file, says why and what to do, and goes on working.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, it } from 'node:test'
import { explainNatively, phantomSubjects, scratchFolder } from './support/native.mjs'
import { fourDimensional, hugeHeader, textFile, truncatedGzip, withNan } from './support/nifti.mjs'
import { assertSameResult } from './support/parity.mjs'
import { bundleName, choose, explain, launch, open, pressExplain } from './support/site.mjs'

const CASES = [
  { name: 'notes.nii', make: textFile, reason: /text file/i, remedy: /NIfTI/ },
  { name: 'half.nii.gz', make: truncatedGzip, reason: /gzip|ends early|damaged/i, remedy: /again/i },
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

it('explains a good file afterwards', async () => {
  await choose(site.page, good)
  assertSameResult(await explain(site.page), explainNatively(good, scratch.path))
  assert.deepEqual(site.errors, [])
})
