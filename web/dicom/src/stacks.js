// Checks that the slices of a series make whole stacks. dcm2niix writes a volume of what it finds, with even distances, even
// where a slice is missing or is there twice; the places that the headers name tell.

/** Directions are given to six digits, by some scanners to three. */
const SAME_DIRECTION = 0.005
const SAME_SPACING_MM = 0.001
const SAME_PLACE_MM = 0.01
const SAME_ECHO_MS = 0.01
/** Of the usual distance; scanners round places to a hundredth of a millimetre. */
const EVEN_SHARE = 0.1

/**
 * Looks at the images `{ header, … }` of one series. Returns those to convert, and what is to be told: a list `warnings` of
 * `{ code, values, serious }`. Serious: the volume is not what lay in the scanner. `isOf(volume)` is there where a warning
 * may hold for one of the series' volumes alone.
 */
export function checkSeries(images) {
  const once = withoutCopies(images)
  const stacks = stacksOf(once)
  const extra = new Set(stacks.flatMap(extraImages))
  const warnings = []
  const copies = images.length - once.length + extra.size
  if (copies > 0) warnings.push(warning('dicom.duplicate_slices', { slices: copies }))
  if (!areOfOneKind(stacks) || !areOfOnePatient(once)) warnings.push(warning('dicom.mixed_series', { stacks: stacks.length }))
  const kept = once.filter((image) => !extra.has(image))
  for (const stack of stacks) warnings.push(...gaps(stack))
  warnings.push(...cutShort(kept, stacks))
  return { images: kept, warnings }
}

const warning = (code, values, serious = false) => ({ code, values, serious })

/** The same file may lie in two folders. Some programs give all images one name, so the name alone does not tell. */
function withoutCopies(images) {
  const seen = new Set()
  return images.filter(({ header }) => {
    if (!header.image_uid) return true
    const key = [header.image_uid, header.image_number, header.frames[0]?.position_mm].join(' ')
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** Slices that lie parallel and are of one size, echo and kind. */
function stacksOf(images) {
  const stacks = []
  for (const image of images) {
    const { rows, columns, frames, isMultiFrame } = image.header
    for (const frame of frames) {
      if (!frame.position_mm || !frame.orientation) continue
      const slice = { image, isMultiFrame, rows, columns, ...frame }
      const stack = stacks.find(([first]) => belong(first, slice))
      if (stack) stack.push(slice)
      else stacks.push([slice])
    }
  }
  return stacks
}

const belong = (left, right) =>
  areAlike(left, right) && left.kind === right.kind && near([left.echo_time_ms ?? 0], [right.echo_time_ms ?? 0], SAME_ECHO_MS)

const areAlike = (left, right) =>
  left.rows === right.rows &&
  left.columns === right.columns &&
  near(left.orientation, right.orientation, SAME_DIRECTION) &&
  near(left.spacing_mm ?? [], right.spacing_mm ?? [], SAME_SPACING_MM)

const near = (left, right, limit) => left.length === right.length && left.every((value, index) => Math.abs(value - right[index]) <= limit)

const areOfOneKind = (stacks) => stacks.every(([first]) => areAlike(first, stacks[0][0]))
const areOfOnePatient = (images) => images.every(({ header }) => header.patient === images[0].header.patient)

/** Slices by their place across the stack: `[{ at_mm, slices }]`, in order. */
function places(stack) {
  const [a, b] = [stack[0].orientation.slice(0, 3), stack[0].orientation.slice(3)]
  const normal = [0, 1, 2].map((axis) => a[(axis + 1) % 3] * b[(axis + 2) % 3] - a[(axis + 2) % 3] * b[(axis + 1) % 3])
  const at = (slice) => slice.position_mm.reduce((sum, value, axis) => sum + value * normal[axis], 0)
  const found = []
  for (const entry of stack.map((slice) => ({ at_mm: at(slice), slice })).sort((left, right) => left.at_mm - right.at_mm)) {
    const last = found.at(-1)
    if (last && entry.at_mm - last.at_mm <= SAME_PLACE_MM) last.slices.push(entry.slice)
    else found.push({ at_mm: entry.at_mm, slices: [entry.slice] })
  }
  return found
}

/**
 * Images that lie where another of the stack does, in a stack that has most places once: all but the first of each place.
 * Where most places are there more than once, it is a series in time.
 */
function extraImages(stack) {
  const found = places(stack)
  const single = found.filter(({ slices }) => slices.length === 1)
  if (2 * single.length <= found.length || stack.some(({ isMultiFrame }) => isMultiFrame)) return []
  const byNumber = (left, right) => (left.header.image_number ?? 0) - (right.header.image_number ?? 0)
  return found.flatMap(({ slices }) => slices.map(({ image }) => image).sort(byNumber).slice(1))
}

/** Distances that vary: by whole slices, or otherwise. */
function gaps(stack) {
  const found = places(stack)
  if (found.length < 3) return []
  const isOf = isVolumeOf(stack[0], found.length)
  const gaps_mm = found.slice(1).map(({ at_mm }, index) => at_mm - found[index].at_mm)
  const usual_mm = [...gaps_mm].sort((left, right) => left - right)[gaps_mm.length >> 1]
  const missing = gaps_mm.reduce((sum, gap_mm) => sum + Math.round(gap_mm / usual_mm) - 1, 0)
  const isWhole = gaps_mm.every((gap_mm) => {
    const count = Math.round(gap_mm / usual_mm)
    return count >= 1 && Math.abs(gap_mm / usual_mm - count) <= EVEN_SHARE
  })
  if (!isWhole) {
    const [least_mm, most_mm] = [Math.min(...gaps_mm), Math.max(...gaps_mm)].map((gap_mm) => Number(gap_mm.toFixed(2)))
    return [{ ...warning('dicom.uneven_slices', { least_mm, most_mm }, true), isOf }]
  }
  if (missing === 0) return []
  return [{ ...warning('dicom.missing_slices', { found: found.length, expected: found.length + missing }, true), isOf }]
}

/** Tells a stack's volume by its sides, which dcm2niix may turn, and by its echo. */
function isVolumeOf({ rows, columns, echo_time_ms }, slices) {
  const sides = (shape) => [...shape].sort((left, right) => left - right).join()
  return ({ shape, echo_time_s }) =>
    sides(shape) === sides([rows, columns, slices]) &&
    (echo_time_ms === undefined || echo_time_s === undefined || near([echo_time_ms], [1000 * echo_time_s], SAME_ECHO_MS))
}

/** Fewer images than the scanner says it made, or numbers that begin late: the ends of the head may be missing. */
function cutShort(images, stacks) {
  if (stacks.length !== 1 || images.some(({ header }) => header.isMultiFrame)) return []
  const images_told = Math.max(...images.map(({ header }) => header.images_told ?? 0))
  const first = Math.min(...images.map(({ header }) => header.image_number ?? 1))
  const expected = Math.max(images_told, images.length + Math.max(0, first - 1))
  const isAlreadyTold = gaps(stacks[0]).length > 0
  if (expected <= images.length || isAlreadyTold) return []
  return [warning('dicom.cut_short', { found: images.length, expected })]
}
