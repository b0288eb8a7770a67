// The three colour scales. Each measure has its own, so that no two can be taken for one another:
// grey for grey matter, blue–black–red around zero for changes, purple–green–yellow for Grad-CAM.
// All three are safe for the common kinds of colour blindness.

const GREY = [
  [0, 0, 0, 0],
  [1, 255, 255, 255]
]
const DIFFERENCE = [
  [0, 196, 233, 255],
  [0.2, 84, 164, 255],
  [0.42, 22, 62, 168],
  [0.5, 0, 0, 0],
  [0.58, 150, 24, 20],
  [0.8, 255, 112, 48],
  [1, 255, 228, 184]
]
const ACTIVATION = [
  [0, 68, 1, 84],
  [0.25, 59, 82, 139],
  [0.5, 33, 145, 140],
  [0.75, 94, 201, 98],
  [1, 253, 231, 37]
]
/** Grey matter as a body: what is little is clear, and the surface has the colour of stone under the light. */
const MATTER = [
  [0, 120, 116, 110],
  [1, 214, 208, 198]
]
const SCALES = { grey: GREY, difference: DIFFERENCE, activation: ACTIVATION, matter: MATTER }

/** Below this the activation map is left transparent over the anatomy: there is nothing the classifier used. */
const ACTIVATION_FLOOR = 0.1
/** Grey matter below this is clear in the body, and solid from the second on. */
const MATTER_CLEAR = 0.2
const MATTER_SOLID = 0.6
/** Of what is not drawn, in a colour bar. */
const HIDDEN_COLOUR = [112, 112, 112]
/** Of clear voxels: NiiVue mixes neighbours, clear ones too, and black or a colour would rim those that are drawn. */
const CLEAR_COLOUR = [80, 80, 80]
const LAST = 255

/**
 * Stops of a scale's colour bar from left to right, for CSS and for canvases.
 * @param {string} name grey, difference or activation
 * @param {number} hidden share around the middle that is not drawn, 0..1
 * @returns {[number, string][]} place 0..1 and colour
 */
export function colourStops(name, hidden = 0) {
  const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`
  const stops = SCALES[name].map(([at, ...colour]) => [at, css(colour)])
  if (hidden <= 0) return stops
  const [from, to] = [0.5 - hidden / 2, 0.5 + hidden / 2].map((at) => Math.min(1, Math.max(0, at)))
  const edge = (at) => css(colourAt(SCALES[name], at).map(Math.round))
  return [
    ...stops.filter(([at]) => at < from),
    [from, edge(from)],
    [from, css(HIDDEN_COLOUR)],
    [to, css(HIDDEN_COLOUR)],
    [to, edge(to)],
    ...stops.filter(([at]) => at > to)
  ]
}

/** The same as a CSS gradient. */
export function gradient(name, hidden = 0) {
  return `linear-gradient(to right, ${colourStops(name, hidden).map(([at, colour]) => `${colour} ${at * 100}%`).join(', ')})`
}

/**
 * NiiVue's form of a scale, one entry for each of its 256 steps.
 * @param {string} name grey, difference, activation or matter
 * @param {{hidden?: number, transparent?: boolean}} options `hidden` as above; `transparent`: what is hidden or
 *   below the floor lets the anatomy through, else it is black
 */
export function colourMap(name, { hidden = 0, transparent = false } = {}) {
  const map = { R: [], G: [], B: [], A: [], I: [] }
  for (let index = 0; index <= LAST; index++) {
    const at = index / LAST
    const alpha = opacityAt(name, index, hidden, transparent)
    const colour = alpha > 0 || name === 'matter' ? colourAt(SCALES[name], at) : transparent ? CLEAR_COLOUR : [0, 0, 0]
    const [r, g, b] = colour.map(Math.round)
    map.R.push(r)
    map.G.push(g)
    map.B.push(b)
    map.A.push(alpha)
    map.I.push(index)
  }
  return map
}

function opacityAt(name, index, hidden, transparent) {
  const at = index / LAST
  if (name === 'difference') return Math.abs(at - 0.5) * 2 >= hidden ? 255 : 0
  // The first step is for what lies outside the brain.
  if (name === 'activation') return index > 0 && !(transparent && at < ACTIVATION_FLOOR) ? 255 : 0
  if (name === 'matter') return Math.round(255 * Math.min(1, Math.max(0, (at - MATTER_CLEAR) / (MATTER_SOLID - MATTER_CLEAR))))
  return 255
}

function colourAt(stops, at) {
  const next = stops.findIndex(([end]) => end >= at)
  if (next <= 0) return stops[next === 0 ? 0 : stops.length - 1].slice(1)
  const [from, ...a] = stops[next - 1]
  const [to, ...b] = stops[next]
  const share = (at - from) / (to - from)
  return a.map((value, channel) => value + (b[channel] - value) * share)
}
