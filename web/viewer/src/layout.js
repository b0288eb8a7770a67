// Where the three planes of one image lie in a panel. Pure: millimetres in, fractions of the panel out.
//
// The axial plane is largest and always on top. Below it lie coronal and sagittal: side by side for a whole head,
// one above the other and at the axial plane's own scale for a slab, whose strips would else be too thin to see.

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
 * @param {boolean} axialOnly for small screens
 * @returns {{aspect: number, tiles: {plane: number, box: [number, number, number, number]}[]}}
 *   width over height of the panel, and for each plane left, top, width and height as fractions of it
 */
export function planLayout([x, y, z], axialOnly) {
  if (axialOnly) return finish(x, y, [[AXIAL, 0, 0, x, y]])
  if (z < SLAB_HEIGHT_SHARE * Math.min(x, y)) {
    const width = Math.max(x, y)
    const centred = (side) => (width - side) / 2
    const tiles = [
      [AXIAL, centred(x), 0, x, y],
      [CORONAL, centred(x), y + GAP_MM, x, z],
      [SAGITTAL, centred(y), y + z + 2 * GAP_MM, y, z]
    ]
    return finish(width, y + 2 * z + 2 * GAP_MM, tiles)
  }
  const scale = (x - GAP_MM) / (x + y)
  const top = y + GAP_MM
  const tiles = [
    [AXIAL, 0, 0, x, y],
    [CORONAL, 0, top, x * scale, z * scale],
    [SAGITTAL, x * scale + GAP_MM, top, y * scale, z * scale]
  ]
  return finish(x, top + z * scale, tiles)
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
