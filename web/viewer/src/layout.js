// Where the three planes of one image lie in a panel. Pure: millimetres in, fractions of the panel out.
//
// Of a whole head the axial plane is largest and on top; coronal and sagittal lie side by side below it, so that a wipe
// crosses all planes. A slab is shown as what it is: slices, in the plane that it is thin across. In the other planes it
// would be strips that nobody can read.

/** Keys and the voxel step they make along x, y, z. */
export const KEY_STEPS = {
  ArrowLeft: [-1, 0, 0],
  ArrowRight: [1, 0, 0],
  ArrowUp: [0, 1, 0],
  ArrowDown: [0, -1, 0],
  PageUp: [0, 0, 1],
  PageDown: [0, 0, -1]
}

/** NiiVue's numbers of the planes. */
export const AXIAL = 0
export const CORONAL = 1
export const SAGITTAL = 2

/** Space between planes, mm. */
const GAP_MM = 6
/** A grid is a slab where it is thinner than this along an axis, mm. */
const SLAB_MM = 60
/** The plane across each axis: of x, y, z. */
const ACROSS = [SAGITTAL, CORONAL, AXIAL]

/**
 * @param {[number, number, number]} sizeMm extent along x, y, z
 * @param {{axialOnly?: boolean}} view `axialOnly`: for small screens; a slab keeps the plane of its slices
 * @returns {{aspect: number, tiles: {plane: number, box: [number, number, number, number]}[]}}
 *   width over height of the panel, and for each plane left, top, width and height as fractions of it
 */
export function planLayout(sizeMm, { axialOnly = false } = {}) {
  const thinnest = sizeMm.indexOf(Math.min(...sizeMm))
  if (sizeMm[thinnest] < SLAB_MM) return planOne(ACROSS[thinnest], sizeMm)
  return axialOnly ? planOne(AXIAL, sizeMm) : planHead(sizeMm)
}

function planOne(plane, sizeMm) {
  const [across, up] = axesOf(plane).map((axis) => sizeMm[axis])
  return finish(across, up, [[plane, 0, 0, across, up]])
}

/** The axes from left to right and from bottom to top of a plane. */
export function axesOf(plane) {
  return plane === AXIAL ? [0, 1] : plane === CORONAL ? [0, 2] : [1, 2]
}

/** The axis that a plane is across. */
export function acrossOf(plane) {
  return ACROSS.indexOf(plane)
}

/** Whether a plane has the patient's left on its right side. */
export function isMirrored(plane, radiological) {
  return radiological && plane !== SAGITTAL
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

/** Where letters stand, as fractions of the panel. */
export function placeLetters({ plane, box: [left, top, width, height] }, radiological) {
  const letters = edgeLetters(plane, radiological)
  const places = {
    left: [left, top + height / 2],
    right: [left + width, top + height / 2],
    top: [left + width / 2, top],
    bottom: [left + width / 2, top + height]
  }
  return Object.entries(places).map(([side, at]) => ({ side, text: letters[side], at }))
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
  const [across, up] = axesOf(plane)
  const x = left + width * (isMirrored(plane, radiological) ? 1 - fraction[across] : fraction[across])
  const y = top + height * (1 - fraction[up])
  const [openX, openY] = [(width * OPEN_MM) / sizeMm[across], (height * OPEN_MM) / sizeMm[up]]
  return [
    [left, y, x - openX, y],
    [x + openX, y, left + width, y],
    [x, top, x, y - openY],
    [x, y + openY, x, top + height]
  ].filter(([x1, y1, x2, y2]) => x2 > x1 || y2 > y1)
}

/** The plane, with its box, that lies at a place of the panel; undefined between planes. @param {[number, number]} at fractions */
export function tileAt(tiles, [x, y]) {
  return tiles.find(({ box: [left, top, width, height] }) => x >= left && x < left + width && y >= top && y < top + height)
}

/**
 * What a place in a plane points at.
 * @param {{plane: number, box: number[]}} tile
 * @param {[number, number]} at fractions of the panel
 * @param {ArrayLike<number>} fraction of the grid along x, y, z where the crosshair was: across the plane it stays
 * @returns {number[]} fraction of the grid
 */
export function fractionAt({ plane, box: [left, top, width, height] }, [x, y], fraction, radiological) {
  const [across, up] = axesOf(plane)
  const share = (x - left) / width
  const pointed = [...fraction]
  pointed[across] = isMirrored(plane, radiological) ? 1 - share : share
  pointed[up] = 1 - (y - top) / height
  return pointed
}
