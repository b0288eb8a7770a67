// Prints what the converter weighs, and how long a T1 scan of usual size takes. Run by `npm run measure`.

import { readdirSync, readFileSync } from 'node:fs'
import { brotliCompressSync } from 'node:zlib'
import { writeFixtures } from './support/fixtures.mjs'
import { open } from './support/site.mjs'
import { zipFiles } from './support/zips.mjs'

const folder = new URL('../dist/dicom/', import.meta.url)
for (const name of readdirSync(folder)) {
  const bytes = readFileSync(new URL(name, folder))
  console.log(`${name}: ${bytes.length} bytes, ${brotliCompressSync(bytes).length} with brotli`)
}

const fixtures = writeFixtures('--large')
const site = await open()
try {
  const files = fixtures.files('large')
  const zip = zipFiles(`${fixtures.folder}/large.zip`, fixtures.folder, files)
  for (const [what, given] of [['176 files', files], ['the same once more', files], ['a zip of them', [zip]]]) {
    const { result, taken_s } = await site.convert(given)
    const [{ bytes, shape }] = result.series
    const isSame = bytes.equals(fixtures.native('large')[0])
    console.log(`${what}: ${taken_s.toFixed(2)} s, ${shape.join(' x ')}, ${isSame ? 'as' : 'NOT as'} dcm2niix writes it on this machine`)
  }
} finally {
  await site.close()
  fixtures.remove()
}
