// The built converter in a real Chromium, under the page's own rules, against dcm2niix on this machine.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { writeFixtures } from './support/fixtures.mjs'
import { open } from './support/site.mjs'
import { bomb, cutInHalf, locked, manyFiles, zipFiles } from './support/zips.mjs'

let fixtures, site
before(async () => {
  fixtures = writeFixtures()
  site = await open()
})
after(async () => {
  await site?.close()
  fixtures?.remove()
})

const at = (name) => join(fixtures.folder, name)

/** Converts a case that must succeed. */
async function converted(paths) {
  const { result, error } = await site.convert(paths)
  assert.equal(error, undefined, JSON.stringify(error))
  assert.deepEqual(result.failed, [])
  return result
}

/** Volumes that are the same to the last bit of header and voxels, in any order. */
function assertSame(series, native, what) {
  const hex = (bytes) => bytes.map((one) => one.toString('base64')).sort()
  assert.ok(native.length > 0, `${what}: dcm2niix wrote nothing on this machine`)
  assert.deepEqual(hex(series.map(({ bytes }) => bytes)), hex(native), `${what}: not what dcm2niix writes on this machine`)
}

const codes = ({ warnings }) => warnings.map(({ code }) => code)

describe('volumes', () => {
  const whole = ['implicit', 'explicit', 'big_endian', 'no_preamble', 'jpeg_lossless', 'rle', 'enhanced', 'clutter']
  for (const name of whole) {
    it(`${name}: voxels and header as dcm2niix writes them`, async () => {
      const { series } = await converted(fixtures.files(name))
      assertSame(series, fixtures.native(name), name)
      const [one] = series
      assert.deepEqual(one.warnings, [])
      assert.deepEqual(one.shape, [20, 24, 28])
      assert.deepEqual(one.spacing_mm, [1.25, 1.1, 1])
      assert.equal(one.modality, 'MR')
      assert.equal(one.echo_time_s, 0.00298)
      assert.equal(one.likely_t1, true)
    })
  }

  for (const name of ['jpeg_2000', 'jpeg_ls']) {
    // The dcm2niix of the wheel cannot read these.
    it(`${name}: as before compression`, async () => {
      const { series } = await converted(fixtures.files(name))
      assertSame(series, fixtures.native('explicit'), name)
    })
  }

  it('holds every slice of the head, in its place', async () => {
    const { series } = await converted(fixtures.files('explicit'))
    const [{ bytes }] = series
    const values = new Uint16Array(bytes.buffer.slice(bytes.byteOffset + 352, bytes.byteOffset + bytes.length))
    const place = (i, j, k) => [0, 1, 2].map((row) => [0, 1, 2, 3].reduce((sum, c) => sum + bytes.readFloatLE(280 + 16 * row + 4 * c) * [i, j, k, 1][c], 0))
    const bright = [...values.keys()].filter((index) => values[index] === 1500).map((index) => place(index % 20, Math.floor(index / 20) % 24, Math.floor(index / 480)))
    // The last four slices, four rows, four columns; DICOM's x and y run to left and back, NIfTI's to right and front.
    const [x, y, z] = [0, 1, 2].map((axis) => bright.reduce((sum, one) => sum + one[axis], 0) / bright.length)
    const tilt = (7 * Math.PI) / 180
    const expected = [-12 - 17.5 * 1.25, -14 + 1.65 * Math.cos(tilt) + 1.5 * Math.sin(tilt), 15 + 1.65 * Math.sin(tilt) - 1.5 * Math.cos(tilt)]
    assert.equal(bright.length, 64)
    for (const [ours, theirs] of [[x, -expected[0]], [y, -expected[1]], [z, expected[2]]]) assert.ok(Math.abs(ours - theirs) < 1e-3, `${[x, y, z]}`)
  })

  it('two series in one folder: the T1 image first', async () => {
    const { series } = await converted(fixtures.files('two_series'))
    assertSame(series, fixtures.native('two_series'), 'two_series')
    assert.deepEqual(series.map(({ description }) => description), ['T1 MPRAGE sag', 'T2 FLAIR tra'])
    assert.deepEqual(series.map(({ likely_t1 }) => likely_t1), [true, false])
    assert.deepEqual(codes(series[1]), ['dicom.few_slices'])
  })

  it('two echoes: one volume each, and nothing is wrong', async () => {
    const { series } = await converted(fixtures.files('two_echoes'))
    assertSame(series, fixtures.native('two_echoes'), 'two_echoes')
    assert.deepEqual(series.map(({ echo_time_s }) => echo_time_s), [0.00298, 0.0075])
    assert.deepEqual(series.flatMap(codes), [])
  })

  it('several points in time, one slice, localisers: converted, and said to be no T1 image', async () => {
    for (const [name, code] of [['in_time', 'dicom.four_dimensional'], ['one_slice', 'dicom.few_slices'], ['localiser', 'dicom.few_slices']]) {
      const { series } = await converted(fixtures.files(name))
      assertSame(series, fixtures.native(name), name)
      for (const one of series) assert.ok(codes(one).includes(code), `${name}: ${codes(one)}`)
    }
    const { series } = await converted([...fixtures.files('localiser'), ...fixtures.files('in_time'), ...fixtures.files('explicit')])
    assert.equal(series[0].description, 'T1 MPRAGE sag')
    assert.equal(series.length, 5)
  })

  it('reads Japanese descriptions', async () => {
    for (const name of ['japanese', 'japanese_utf8']) {
      const { series } = await converted(fixtures.files(name))
      assertSame(series, fixtures.native(name), name)
      assert.equal(series[0].description, '頭部 T1 MPRAGE')
      assert.equal(series[0].name, '3_頭部_T1_MPRAGE.nii')
      assert.equal(series[0].echo_time_s, 0.00298)
    }
  })

  it('takes whole folders', async () => {
    const { series, left_out } = await converted(at('clutter'))
    assertSame(series, fixtures.native('clutter'), 'clutter')
    assert.equal(left_out, 4)
  })
})

describe('what is wrong with slices', () => {
  const told = {
    missing: [{ code: 'dicom.missing_slices', values: { found: 19, expected: 20 }, serious: true }],
    missing_two: [{ code: 'dicom.missing_slices', values: { found: 18, expected: 20 }, serious: true }],
    missing_signed: [{ code: 'dicom.missing_slices', values: { found: 19, expected: 20 }, serious: true }],
    enhanced_missing: [{ code: 'dicom.missing_slices', values: { found: 19, expected: 20 }, serious: true }],
    uneven: [{ code: 'dicom.uneven_slices', values: { least_mm: 1.25, most_mm: 1.85 }, serious: true }],
    cut_short: [{ code: 'dicom.cut_short', values: { found: 13, expected: 20 }, serious: false }],
    duplicate: [{ code: 'dicom.duplicate_slices', values: { slices: 1 }, serious: false }],
    same_file_twice: [{ code: 'dicom.duplicate_slices', values: { slices: 1 }, serious: false }]
  }
  for (const [name, warnings] of Object.entries(told)) {
    it(name, async () => {
      const { series } = await converted(fixtures.files(name))
      assert.equal(series.length, 1)
      assert.deepEqual(series[0].warnings, warnings)
      assert.equal(series[0].likely_t1, !warnings[0].serious)
    })
  }

  it('leaves out a slice that is there twice', async () => {
    for (const name of ['duplicate', 'same_file_twice']) {
      const { series } = await converted(fixtures.files(name))
      assertSame(series, fixtures.native('explicit'), name)
    }
  })

  it('says which of two echoes lacks a slice', async () => {
    const { series } = await converted(fixtures.files('missing_echo'))
    assert.deepEqual(series.map((one) => [one.echo_time_s, ...codes(one)]), [[0.0075], [0.00298, 'dicom.missing_slices']])
  })

  it('says that a series is mixed', async () => {
    const { series } = await converted(fixtures.files('mixed'))
    assertSame(series, fixtures.native('mixed'), 'mixed')
    assert.deepEqual(series.map(codes), [['dicom.mixed_series'], ['dicom.few_slices', 'dicom.mixed_series']])
  })
})

describe('zips', () => {
  it('converts what is in them, compressed or not', async () => {
    for (const level of [0, 6]) {
      const zip = zipFiles(at(`scan-${level}.zip`), at('clutter'), fixtures.files('clutter'), { level })
      const { series, left_out } = await converted([zip])
      assertSame(series, fixtures.native('clutter'), 'clutter')
      assert.equal(left_out, 4)
    }
  })

  it('counts a slice once that lies in a zip and beside it', async () => {
    const zip = zipFiles(at('again.zip'), at('explicit'), fixtures.files('explicit'))
    const { series } = await converted([zip, ...fixtures.files('explicit')])
    assertSame(series, fixtures.native('explicit'), 'explicit')
    assert.deepEqual(series[0].warnings, [{ code: 'dicom.duplicate_slices', values: { slices: 20 }, serious: false }])
  })

  it('refuses bombs', async () => {
    const { error } = await site.convert([bomb(at('bomb.zip'), 3 * 1024 ** 3)])
    assert.equal(error.code, 'dicom.bomb')
    assert.equal(error.values.file, 'bomb.zip')
    assert.equal(error.values.unpacked_megabytes, 3072)
    assert.equal(error.values.limit_megabytes, 2048)
    const many = await site.convert([manyFiles(at('many.zip'), 20_001)])
    assert.equal(many.error.code, 'dicom.bomb')
    assert.equal(many.error.values.limit_files, 20_000)
  })

  it('never unpacks more than a zip says it holds', async () => {
    const { error } = await site.convert([bomb(at('liar.zip'), 10)])
    assert.ok(['dicom.zip', 'dicom.none'].includes(error.code), JSON.stringify(error))
  })

  it('says what is wrong with a zip', async () => {
    const good = zipFiles(at('good.zip'), at('explicit'), fixtures.files('explicit'))
    const cut = await site.convert([cutInHalf(at('cut.zip'), good)])
    assert.deepEqual(cut.error, { code: 'dicom.zip', values: { file: 'cut.zip', reason: 'damaged' } })
    const closed = await site.convert([locked(at('locked.zip'), good)])
    assert.deepEqual(closed.error, { code: 'dicom.zip', values: { file: 'locked.zip', reason: 'locked' } })
  })
})

describe('what cannot be converted', () => {
  it('names files that end too early', async () => {
    const { error } = await site.convert(fixtures.files('broken'))
    assert.deepEqual(error, { code: 'dicom.cut_file', values: { file: 'IM0000', files: 20, series: 'T1 MPRAGE sag' } })
    const { result } = await site.convert([...fixtures.files('broken'), ...fixtures.files('explicit')])
    assert.equal(result.series.length, 1)
    assert.deepEqual(result.failed.map(({ code, description }) => [code, description]), [['dicom.cut_file', 'T1 MPRAGE sag']])
  })

  it('lists what would not fit into memory, without converting it', async () => {
    const { series } = await converted([...fixtures.files('too_large'), ...fixtures.files('two_series')])
    assert.deepEqual(series.map(({ bytes }) => bytes === null), [false, false, true])
    assert.deepEqual(codes(series[2]), ['dicom.too_large'])
  })

  it('says that there is no image', async () => {
    for (const name of ['only_report', 'nonsense']) {
      const { error } = await site.convert(fixtures.files(name))
      assert.deepEqual(error, { code: 'dicom.none', values: { files: 1 } }, name)
    }
    const { error } = await site.convert([at('clutter/README.TXT')])
    assert.equal(error.code, 'dicom.none')
  })

  it('ends at once when told to', async () => {
    await site.page.setInputFiles('#files', fixtures.files('explicit'))
    const told = await site.page.evaluate(async () => {
      const controller = new AbortController()
      const { files } = document.querySelector('#files')
      const codes = []
      const onProgress = () => controller.abort()
      for (let again = 0; again < 2; again += 1) await window.dicom.convert(files, { onProgress, signal: controller.signal }).catch(({ code }) => codes.push(code))
      return codes
    })
    assert.deepEqual(told, ['dicom.cancelled', 'dicom.cancelled'])
  })
})

describe('looksLikeDicom', () => {
  it('knows DICOM and zips by their first bytes', async () => {
    const zip = zipFiles(at('looks.zip'), at('explicit'), fixtures.files('explicit'))
    for (const name of ['explicit', 'big_endian', 'no_preamble', 'enhanced', 'clutter']) assert.equal(await site.looksLikeDicom(fixtures.files(name)), true, name)
    assert.equal(await site.looksLikeDicom([zip]), true)
    const nifti = at('image.nii')
    writeFileSync(nifti, fixtures.native('explicit')[0])
    assert.equal(await site.looksLikeDicom([nifti, at('clutter/README.TXT'), at('clutter/VIEWER.EXE')]), false)
    assert.equal(await site.looksLikeDicom([at('clutter/DICOMDIR')]), false)
  })
})

it('finds the files of folders that are dropped', async () => {
  const names = await site.drop([at('clutter'), at('explicit/IM0000')])
  const expected = [...fixtures.files('clutter'), at('explicit/IM0000')].map((path) => basename(path)).sort()
  assert.deepEqual(names, expected)
})

it('tells how far it is, and loads nothing from elsewhere', async () => {
  const { progress } = await site.convert(fixtures.files('two_series'))
  assert.deepEqual([...new Set(progress.map(({ stage }) => stage))], ['unpacking', 'reading', 'converting'])
  for (const { done, total } of progress) assert.ok(done <= total)
  assert.deepEqual(site.failures, [])
})

it('says what cannot be fetched', async () => {
  for (const [pattern, file] of [['**/*.wasm', /^dcm2niix-.*\.wasm$/], ['**/worker-*.js', /^worker-.*\.js$/]]) {
    await site.page.context().route(pattern, (route) => route.abort())
    const { error } = await site.convert(fixtures.files('explicit'))
    await site.page.context().unroute(pattern)
    assert.equal(error.code, 'dicom.load')
    assert.match(error.values.file, file)
  }
  // The browser itself tells of both.
  site.failures.length = 0
})

it('names the module by its content, and brings all licences', () => {
  const { converter } = JSON.parse(readFileSync(new URL('../dist/dicom/entry.json', import.meta.url), 'utf8'))
  assert.match(converter, /^converter-[A-Z0-9]{8}\.js$/)
  const licences = readFileSync(new URL('../dist/dicom-licences.txt', import.meta.url), 'utf8')
  for (const name of ['Chris Rorden', 'OpenJPEG', 'CharLS', 'NanoJPEG', 'cJSON', 'Emscripten', 'fflate', 'dicom-parser']) assert.ok(licences.includes(name), name)
})
