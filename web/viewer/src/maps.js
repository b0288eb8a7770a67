// What each of the seven panels shows. The order of maps is that of the whole project:
// original, translated, difference, Grad-CAM, the truth where it is known; then original and difference of an image that is kept for comparison.

const SCALES = ['grey', 'grey', 'difference', 'activation', 'difference', 'grey', 'difference']
export const NAMES = ['original', 'translated', 'difference', 'cam', 'truth', 'kept', 'kept-difference']
export const [ORIGINAL, TRANSLATED, DIFFERENCE, CAM, TRUTH, KEPT, KEPT_DIFFERENCE] = NAMES.keys()

/** Grad-CAM is coarse: only with the anatomy shining through can one tell what it lies on. */
const ACTIVATION_OPACITY = 0.75
/** The anatomy below a map ends at this many times the window, darker than the map. */
const ANATOMY_RANGE = 1.6
/** So that nought is the second of 256 steps: the first is for what lies outside the brain. */
const ACTIVATION_LOW = -1 / 254

/** The scale of a panel's colour bar. */
export function scaleOf(index) {
  return SCALES[index]
}

/** Whether a panel's map can lie over the anatomy. */
export function isOverlay(index) {
  return SCALES[index] !== 'grey'
}

/** How opaque a map is over the anatomy where the user asks for `share`, 0..1. */
export function opacityOf(index, share) {
  return index === CAM ? ACTIVATION_OPACITY * share : share
}

/**
 * @param {number} index of the panel
 * @param {{files: (ArrayBuffer | null)[], limit: number, threshold: number, anatomy: boolean, window: [number, number],
 *   opacity: number}} state `limit` and `threshold` in grey-matter units
 * @returns content for a panel, or null where it has no map
 */
export function contentOf(index, { files, limit, threshold, anatomy, window: [low, high], opacity }) {
  const file = files[index]
  if (!file) return null
  const scale = SCALES[index]
  const original = files[index === KEPT_DIFFERENCE ? KEPT : ORIGINAL]
  const below = { file: original, scale: 'grey', range: [low, low + ANATOMY_RANGE * (high - low)] }
  const map = {
    grey: { file, scale, range: [low, high] },
    difference: { file, scale, range: [-limit, limit], hidden: threshold / limit },
    activation: { file, scale, range: [ACTIVATION_LOW, 1], inside: original }
  }[scale]
  return { layers: isOverlay(index) && anatomy ? [below, map] : [map], opacity: opacityOf(index, opacity) }
}

/** Whether two contents look alike. */
export function isSame(one, other) {
  if (!one || !other || one.opacity !== other.opacity || one.layers.length !== other.layers.length) return false
  const look = ({ scale, range, hidden }) => JSON.stringify([scale, range, hidden])
  const isLayer = (layer, at) => layer.file === at.file && layer.inside === at.inside && look(layer) === look(at)
  return one.layers.every((layer, index) => isLayer(layer, other.layers[index]))
}
