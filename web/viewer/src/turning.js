// How the body is turned, and where it is cut. Pure.

/** Zoom of a wheel's notch (100 units), and its limits. */
const ZOOM_STEP = 1.12
const ZOOM_LIMITS = [0.6, 3]

/**
 * @param {{azimuth: number, elevation: number, zoom: number}} pose degrees
 * @param {number} across degrees that the near side moves to the right
 * @param {number} down degrees that it moves down
 */
export function turned(pose, across, down) {
  const azimuth = (((pose.azimuth + across) % 360) + 360) % 360
  return { ...pose, azimuth, elevation: Math.min(90, Math.max(-90, pose.elevation + down)) }
}

/** @param {number} deltaY as a wheel event has it: down makes smaller */
export function zoomed(pose, deltaY) {
  const zoom = pose.zoom * ZOOM_STEP ** (-deltaY / 100)
  return { ...pose, zoom: Math.min(ZOOM_LIMITS[1], Math.max(ZOOM_LIMITS[0], zoom)) }
}

/** Azimuth and elevation of planes across x, y, z, in NiiVue's way, for a cut before and after the place. */
const ACROSS = [
  { after: [-90, 0], before: [90, 0] },
  { after: [0, 0], before: [180, 0] },
  { after: [0, -90], before: [0, 90] }
]

/**
 * Three planes through a place; what lies on the viewer's side of all three is cut away.
 * @param {ArrayLike<number>} place fraction of the grid along x, y, z
 * @param {ArrayLike<number>} direction in which the viewer looks, along the same axes
 * @returns {[number, number, number][]} NiiVue's depth, azimuth and elevation of each
 */
export function cutPlanes(place, direction) {
  return ACROSS.map(({ after, before }, axis) => {
    const fromAfter = direction[axis] < 0
    const depth = (fromAfter ? -1 : 1) * (place[axis] - 0.5)
    return [depth, ...(fromAfter ? after : before)]
  })
}
