// Which series is offered first, by what scanners call them.

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isNamedT1, obstacles, ranked } from '../src/ranking.js'

const series = (words, { shape = [256, 256, 176], spacing_mm = [1, 1, 1], volumes = 1, modality = 'MR', serious = false } = {}) => ({
  words,
  shape,
  spacing_mm,
  bytes: new Uint8Array(1),
  warnings: [...obstacles({ shape, volumes, modality, description: words }), ...(serious ? [{ code: 'dicom.missing_slices', serious }] : [])]
})
const order = (...given) => ranked(given).map(({ words }) => words)

it('knows T1 images by their names', () => {
  for (const name of [
    't1_mprage_sag_p2_iso',
    'T1w_MPR',
    'MPRAGE',
    'Sag 3D FSPGR BRAVO',
    'IR-FSPGR',
    'sT1W_3D_TFE',
    '3DT1',
    'FLASH_3D',
    'gre *tfl3d1_16ns',
    'MP2RAGE_UNI',
    't1 HeadCoil 64',
    '頭部 T1 MPRAGE'
  ])
    assert.ok(isNamedT1(name), name)
  for (const name of ['t2_space_sag', 'FLAIR', 'T1_FLAIR', 'T1 map', 'T1rho', 'ep2d_diff_ADC', 'DTI 64', 'fMRI rest', 'gre_field_mapping', 'TOF MRA', 'SWI', 'AT10', 'Localizer'])
    assert.ok(!isNamedT1(name), name)
})

it('puts the likeliest T1 image first, and last what cannot be one', () => {
  const found = order(
    series('localizer', { shape: [256, 256, 3], spacing_mm: [1, 1, 8] }),
    series('fMRI rest', { volumes: 200 }),
    series('t2_space'),
    series('ax t1 se', { shape: [320, 320, 24], spacing_mm: [0.7, 0.7, 6] }),
    series('t1_mprage'),
    series('gre'),
    series('head CT', { modality: 'CT' })
  )
  assert.deepEqual(found.slice(0, 4), ['t1_mprage', 'ax t1 se', 'gre', 't2_space'])
})

it('prefers a whole series, then one without contrast medium, even voxels and many of them', () => {
  assert.deepEqual(order(series('t1 mprage broken', { serious: true }), series('t1 mprage')), ['t1 mprage', 't1 mprage broken'])
  assert.deepEqual(order(series('t1 mprage +C'), series('t1 mprage', { spacing_mm: [1, 1, 2] })), ['t1 mprage', 't1 mprage +C'])
  assert.deepEqual(order(series('t1 tra', { spacing_mm: [1, 1, 5] }), series('t1 sag')), ['t1 sag', 't1 tra'])
  assert.deepEqual(order(series('t1 small', { shape: [128, 128, 128] }), series('t1 large')), ['t1 large', 't1 small'])
})

it('names what cannot be a head in T1', () => {
  const codes = (given) => series('x', given).warnings.map(({ code }) => code)
  assert.deepEqual(codes({}), [])
  assert.deepEqual(codes({ volumes: 3 }), ['dicom.four_dimensional'])
  assert.deepEqual(codes({ shape: [256, 256, 1] }), ['dicom.few_slices'])
  assert.deepEqual(codes({ modality: 'CT' }), ['dicom.not_mr'])
  assert.deepEqual(series('AAHead_Scout_64ch').warnings.map(({ code }) => code), ['dicom.localiser'])
})
