// Which series is the T1 image: the likeliest first, and last what cannot be one.

/** How scanners name T1 images with small voxels. */
const T1 = /t1(?!\d|rho)|mp2?-?rage|bravo|spgr|tfl[_ ]?3d|flash[_ ]?3d|3d[_ ]?flash|turbo[_ ]?flash|3d[_ ]?tfe/i
/** Other kinds of image, and pictures that only help to place a scan. */
const OTHER =
  /flair|diff|trace|bold|fmri|perf|angio|proton|map(?![a-z])|phase|spectro|(?<![a-z])(?:t2|dwi|dti|adc|fa|resting|rest|asl|swi|tof|mra|pd|mip)(?![a-z])|t2w/i
const CONTRAST = /contrast|(?<![a-z])(?:gd|gad|gado|post|km|ce)(?![a-z])|\+ ?c(?![a-z])|c\+/i
const LOCALISER = /locali[sz]er|(?<![a-z])loc(?![a-z])|scout|survey|(?<![a-z])(?:3|three|tri)[_ -]?plane/i
const FEWEST_SLICES = 12
/** Distances of voxels that differ less count as alike. */
const ISOTROPY_STEP = 0.1
/** Warnings that end hope. */
const CANNOT = ['dicom.four_dimensional', 'dicom.few_slices', 'dicom.localiser', 'dicom.not_mr']

/** What tells that a volume cannot be a head in T1, as warnings: see checkSeries. */
export function obstacles({ shape, volumes, modality, description }) {
  const found = []
  if (volumes > 1) found.push({ code: 'dicom.four_dimensional', values: { volumes }, serious: true })
  const slices = Math.min(...shape)
  if (slices < FEWEST_SLICES) found.push({ code: 'dicom.few_slices', values: { slices }, serious: true })
  else if (LOCALISER.test(description)) found.push({ code: 'dicom.localiser', values: {}, serious: true })
  if (modality && modality !== 'MR') found.push({ code: 'dicom.not_mr', values: { modality }, serious: true })
  return found
}

/** Series in the order in which to offer them. `words` is all that the scanner calls the series. */
export function ranked(series) {
  const keys = new Map(series.map((one) => [one, key(one)]))
  return [...series].sort((left, right) => {
    const [ours, theirs] = [keys.get(left), keys.get(right)]
    const at = ours.findIndex((value, index) => value !== theirs[index])
    return at < 0 ? 0 : theirs[at] - ours[at]
  })
}

/** Whether the name speaks of a T1 image, and of nothing else. */
export const isNamedT1 = (words) => T1.test(words) && !OTHER.test(words)

/** Numbers, of which the first that differs decides; more is likelier. */
function key({ shape, spacing_mm, words, warnings, bytes }) {
  const isotropy = Math.min(...spacing_mm) / Math.max(...spacing_mm)
  return [
    bytes ? 1 : 0,
    warnings.some(({ code }) => CANNOT.includes(code)) ? 0 : 1,
    isNamedT1(words) ? 2 : OTHER.test(words) ? 0 : 1,
    warnings.some(({ serious }) => serious) ? 0 : 1,
    CONTRAST.test(words) ? 0 : 1,
    Math.round(isotropy / ISOTROPY_STEP),
    shape.reduce((product, side) => product * side, 1)
  ]
}
