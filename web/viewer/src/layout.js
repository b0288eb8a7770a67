// Where the three planes of one image lie in a panel. Pure: millimetres in, fractions of the panel out.
//
// The axial plane is largest and always on top. Below it lie coronal and sagittal: side by side for a whole head, one
// above the other and at the axial plane's own scale for a slab, whose strips would else be too thin to see. So a wipe
// crosses all planes.

/** NiiVue's numbers of the planes. */
export const AXIAL = 0
export const CORONAL = 1
export const SAGITTAL = 2

/** Space between planes, mm. */
const GAP_MM = 6
/** A grid is a slab where its height is less than this share of its width. */
const SLAB_HEIGHT_SHARE = 0.35

/**
 * @param {[number, number, number]} sizeMm extent along x, y, z
 * @param {{axialOnly?: boolean}} view `axialOnly`: for small screens
 * @returns {{aspect: number, tiles: {plane: number, box: [number, number, number, number]}[]}}
 *   width over height of the panel, and for each plane left, top, width and height as fractions of it
 */
export function planLayout([x, y, z], { axialOnly = false } = {}) {
  if (axialOnly) return finish(x, y, [[AXIAL, 0, 0, x, y]])
  return z < SLAB_HEIGHT_SHARE * Math.min(x, y) ? planSlab([x, y, z]) : planHead([x, y, z])
}

function planHead([x, y, z]) {
  const scale = (x - GAP_MM) / (x + y)
  const top = y + GAP_MM
  return finish(x, top + z * scale, [
    [AXIAL, 0, 0, x, y],
    [CORONAL, 0, top, x * scale, z * scale],
    [SAGITTAL, x * scale + GAP_MM, top, y * scale, z * scale]
  ])
}

function planSlab([x, y, z]) {
  const width = Math.max(x, y)
  const centred = (side) => (width - side) / 2
  return finish(width, y + 2 * z + 2 * GAP_MM, [
    [AXIAL, centred(x), 0, x, y],
    [CORONAL, centred(x), y + GAP_MM, x, z],
    [SAGITTAL, centred(y), y + z + 2 * GAP_MM, y, z]
  ])
}

function finish(width, height, tiles) {
  return {
    aspect: width / height,
    tiles: tiles.map(([plane, left, top, w, h]) => ({ plane, box: [left / width, top / height, w / width, h / height] }))
  }
}

/** Letters at the left, right, top and bottom edge of a plane. */
export function edgeLetters(plane, radiological) {
  const [left, right] = radiological ? ['R', 'L'] : ['L', 'R']
  if (plane === AXIAL) return { left, right, top: 'A', bottom: 'P' }
  if (plane === CORONAL) return { left, right, top: 'S', bottom: 'I' }
  return { left: 'P', right: 'A', top: 'S', bottom: 'I' }
}

/** Where letters stand, as fractions of the panel. The strips of a slab are too low for letters above and below. */
export function placeLetters({ plane, box: [left, top, width, height] }, aspect, radiological) {
  const letters = edgeLetters(plane, radiological)
  const places = {
    left: [left, top + height / 2],
    right: [left + width, top + height / 2],
    top: [left + width / 2, top],
    bottom: [left + width / 2, top + height]
  }
  const sides = height < 0.25 * width * aspect ? ['left', 'right'] : Object.keys(places)
  return sides.map((side) => ({ side, text: letters[side], at: places[side] }))
}

/** Half of the crosshair's open middle, mm: what the crosshair points at stays in sight. */
const OPEN_MM = 5

/**
 * Lines of the crosshair in one plane, as fractions of the panel.
 * @param {{plane: number, box: number[]}} tile
 * @param {[number, number, number]} fraction of the grid along x, y, z, 0..1
 * @param {[number, number, number]} sizeMm extent of the grid
 * @returns {[number, number, number, number][]} x and y of both ends
 */
export function crosshairLines({ plane, box: [left, top, width, height] }, fraction, sizeMm, radiological) {
  const [across, up] = plane === AXIAL ? [0, 1] : plane === CORONAL ? [0, 2] : [1, 2]
  const mirrored = radiological && plane !== SAGITTAL
  const x = left + width * (mirrored ? 1 - fraction[across] : fraction[across])
  const y = top + height * (1 - fraction[up])
  const [openX, openY] = [(width * OPEN_MM) / sizeMm[across], (height * OPEN_MM) / sizeMm[up]]
  return [
    [left, y, x - openX, y],
    [x + openX, y, left + width, y],
    [x, top, x, y - openY],
    [x, y + openY, x, top + height]
  ].filter(([x1, y1, x2, y2]) => x2 > x1 || y2 > y1)
}
