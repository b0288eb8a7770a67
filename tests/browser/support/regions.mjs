// Regions of the atlas on a model's grid, found apart from the page's program.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readVolume } from './nifti.mjs'
import { bundleFile, manifest } from './native.mjs'
import { dist } from './site.mjs'

/** Grey matter so near to a region of the cortex counts to it. */
const REACH_MM = 3
/** These border on ventricles and take nothing of what is beside them. */
const NUCLEI = ['deep grey matter', 'medial temporal']

const lines = () => readFileSync(join(dist, 'atlas/aal.tsv'), 'utf8').trim().split('\n').slice(1)
const table = () => lines().map((line) => line.split('\t')).map(([label, name, readable, lobe]) => ({ label: Number(label), name, readable, lobe }))

/** Where the bundle's models may change something, x fastest. */
export const maskOf = (bundle) => [...readVolume(readFileSync(bundleFile('mask', bundle))).values].map((inside) => inside > 0.5)

/** The region of this name: label, readable name, lobe, and the indices of its voxels on the bundle's grid inside the mask. */
export function regionOn(bundle, name) {
  const regions = table()
  const wanted = regions.find((region) => region.name === name)
  const nuclei = new Set(regions.filter(({ lobe }) => NUCLEI.includes(lobe)).map(({ label }) => label))
  const atlas = readVolume(readFileSync(join(dist, 'atlas/aal_2mm.nii.gz')), Uint8Array)
  const spacing_mm = atlas.affine[0][0]
  const labelAt = (place) => {
    const isInside = place.every((index, axis) => index >= 0 && index < atlas.shape[axis])
    return isInside ? atlas.values[place[0] + atlas.shape[0] * (place[1] + atlas.shape[1] * place[2])] : 0
  }
  const steps = stepsWithin(REACH_MM / spacing_mm)
  const labelBeside = (place) => {
    const found = steps.map((step) => labelAt(place.map((index, axis) => index + step[axis]))).find((label) => label > 0)
    return nuclei.has(found) ? 0 : found
  }

  const { shape, mni_from_voxel: affine } = manifest(bundle).grid
  const mask = maskOf(bundle)
  const holds = (index) => {
    if (!mask[index]) return false
    const place = placeOnGrid(index, shape, affine).map((mm, axis) => Math.round((mm - atlas.affine[axis][3]) / spacing_mm))
    return (labelAt(place) || labelBeside(place)) === wanted.label
  }
  return { ...wanted, voxels: [...mask.keys()].filter(holds) }
}

/** MNI mm of a voxel of a grid along the axes. */
export const placeOnGrid = (index, [width, height], affine) =>
  [index % width, Math.floor(index / width) % height, Math.floor(index / (width * height))].map((step, axis) => affine[axis][axis] * step + affine[axis][3])

/** Steps of at most this many voxels, the nearest first; of equal ones the one to the left, to the back, below. */
function stepsWithin(reach) {
  const range = Array.from({ length: 2 * Math.floor(reach) + 1 }, (_, index) => index - Math.floor(reach))
  const steps = range.flatMap((x) => range.flatMap((y) => range.map((z) => [x, y, z])))
  const length = (step) => Math.hypot(...step)
  return steps.filter((step) => length(step) > 0 && length(step) <= reach).sort((a, b) => length(a) - length(b) || a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
}

export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length

/** Correlation of two series, −1..1. */
export function correlation(one, other) {
  const [a, b] = [one, other].map((values) => {
    const middle = mean(values)
    return values.map((value) => value - middle)
  })
  const product = (left, right) => left.reduce((sum, value, index) => sum + value * right[index], 0)
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b))
}
