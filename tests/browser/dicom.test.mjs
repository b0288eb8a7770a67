// DICOM files of a visitor's: converted in the page, and then treated as any scan.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { dicomFiles } from './support/dicom.mjs'
import { rawHead, scannedHead } from './support/head.mjs'
import { speak } from './support/looking.mjs'
import { largestDifference, readVolume } from './support/nifti.mjs'
import { bundleName, choose, explain, launch, open } from './support/site.mjs'

const QUERY = `?bundle=${bundleName}&backend=cpu`
const NAME = '3_T1_MPRAGE.nii'
/** Of grey-matter density. */
const TOLERANCE = 0.02

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

/** The first voxels along each axis of a head: a series that helps to place the scan. */
const localiser = (head) => {
  const [columns, rows] = head.shape
  return dicomFiles({ ...head, shape: [columns, rows, 3] }, { series: 1, description: 'localizer' })
}

const bring = (page, files) => page.getByTestId('file-input').setInputFiles(files)
const error = (page) => page.getByTestId('error')

describe('a scan as the scanner wrote it', () => {
  let site, page
  const head = scannedHead()
  before(async () => {
    site = await open(browser, { query: QUERY })
    page = site.page
  })
  after(() => site?.close())

  it('is converted, and the likeliest T1 series is open', async () => {
    await bring(page, [...localiser(head), ...dicomFiles(head)])
    await page.getByTestId('status').filter({ hasText: `${NAME} is open` }).waitFor()
    const series = page.getByTestId('series-select')
    assert.ok(await series.isVisible())
    const [first, second] = await series.locator('option').allTextContents()
    assert.match(first, /^3_T1_MPRAGE · \d+ × \d+ × \d+ · 2\.0 × 2\.0 × 2\.0 mm$/)
    assert.match(second, /^1_localizer/)
  })

  it('gives the same maps as the NIfTI file of the same scan', async () => {
    const volumes = async () => {
      const { name, volumes } = await explain(page)
      return { name, maps: Object.values(volumes).map((bytes) => readVolume(bytes)) }
    }
    const converted = await volumes()
    assert.equal(converted.name, NAME)
    await choose(page, { name: 'head_T1w.nii.gz', mimeType: 'application/octet-stream', buffer: rawHead() })
    assert.ok(await page.getByTestId('series-select').isHidden(), 'the list of series stands beside another image')
    const plain = await volumes()
    // Rows run the other way, and places are written as decimals: a registration ends a hair's breadth elsewhere.
    const differences = converted.maps.map((map, index) => largestDifference(map, plain.maps[index]))
    assert.ok(differences.every((difference) => difference <= TOLERANCE), `${differences}`)
  })

  it('a series that cannot be explained says why, in both languages', async () => {
    await bring(page, [...localiser(head), ...dicomFiles(head)])
    await page.getByTestId('status').filter({ hasText: `${NAME} is open` }).waitFor()
    await page.getByTestId('series-select').selectOption('1')
    await error(page).filter({ hasText: '1_localizer.nii: too few slices (3)' }).waitFor()
    await speak(page, 'ja')
    await error(page).filter({ hasText: 'スライスが少なすぎます（3枚）' }).waitFor()
    await speak(page, 'en')
  })

  it('with slices missing it is refused by their number', async () => {
    await bring(page, dicomFiles(head, { keeps: (slice) => slice !== 20 }))
    const [, , slices] = head.shape
    await error(page).filter({ hasText: `slices are missing (${slices - 1} of ${slices} are there)` }).waitFor()
  })

  it('files that are none say so, and nothing was asked of another site', async () => {
    await bring(page, ['a.txt', 'b.txt'].map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from('words') })))
    await error(page).filter({ hasText: '2 files were chosen' }).waitFor()
    assert.deepEqual(site.offOrigin(), [])
    assert.deepEqual(site.uploads, [])
    assert.deepEqual(site.errors, [])
  })
})
