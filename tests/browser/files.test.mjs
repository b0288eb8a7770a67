// One image in all the forms that files take: the page makes the same of each; and what is no image is refused at once.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, it } from 'node:test'
import { explainNatively, phantomSubjects, scratchFolder } from './support/native.mjs'
import { asBigEndian, asInt16, asPair, reoriented, times } from './support/nifti.mjs'
import { assertSameResult } from './support/parity.mjs'
import { bundleName, explain, launch, open, until, untilOpen } from './support/site.mjs'

const file = (name, buffer = Buffer.from('x')) => ({ name, mimeType: 'application/octet-stream', buffer })

let browser, scratch, good, native, site, page
before(async () => {
  browser = await launch()
  scratch = scratchFolder()
  const [path] = phantomSubjects(scratch.path)
  good = readFileSync(path)
  native = explainNatively(path, scratch.path)
  site = await open(browser, { query: `?bundle=${bundleName}&backend=cpu` })
  page = site.page
})
after(async () => {
  await site?.close()
  await browser?.close()
  scratch?.remove()
})

for (const [what, make] of [
  ['a header with its image beside it', () => asPair(good).map((bytes, index) => file(['pair.hdr', 'pair.img'][index], bytes))],
  ['the other order of bytes', () => [file('big-endian.nii', asBigEndian(good))]],
  ['whole numbers with slope and intercept', () => [file('int16.nii', asInt16(good))]],
  ['rows from right to left, slices first', () => [file('turned.nii', reoriented(good))]]
]) {
  it(`explains ${what}`, async () => {
    const files = make()
    await page.getByTestId('file-input').setInputFiles(files)
    await untilOpen(page, files[0].name)
    assertSameResult(await explain(page), native)
  })
}

it('says that a modulated map was cut', async () => {
  await page.getByTestId('file-input').setInputFiles([file('mwp1.nii', times(good, 1.25))])
  await untilOpen(page, 'mwp1.nii')
  await explain(page)
  assert.match(await page.locator('#provenance').textContent(), /mwp1\.nii: values exceed 1, as in modulated maps/)
})

for (const [what, files, reason] of [
  ['a header without its image', [file('alone.hdr')], /alone\.hdr.*together with the \.img/],
  ['a file that is named like DICOM', [file('IM0001.dcm')], /IM0001\.dcm.*but is not one.*whole folder/],
  ['another kind of file', [file('notes.docx')], /notes\.docx.*not look like an image/],
  ['an empty file', [file('empty.nii', Buffer.alloc(0))], /empty\.nii.*empty/],
  ['two images at once', [file('a.nii'), file('b.nii')], /2 files.*one image/]
]) {
  it(`refuses ${what} as soon as it is chosen`, async () => {
    await page.getByTestId('file-input').setInputFiles(files)
    const error = page.getByTestId('error')
    await until(`the page says ${reason}`, async () => reason.test(await error.textContent()))
    assert.ok(await error.isVisible())
    assert.deepEqual(site.errors, [])
  })
}
