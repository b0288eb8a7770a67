// The three colour scales. Each measure has its own, so that no two can be taken for one another:
// grey for grey matter, blue–black–red around zero for the difference, purple–green–yellow for Grad-CAM.
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
const SCALES = { grey: GREY, difference: DIFFERENCE, activation: ACTIVATION }

/** Below this the activation map is left transparent over the anatomy: there is nothing the classifier used. */
const ACTIVATION_FLOOR = 0.1

/** A CSS gradient of a scale, for its colour bar. `hidden`: share around the middle that is not drawn, 0..1. */
export function gradient(name, hidden = 0) {
  const stops = SCALES[name].map(([at, r, g, b]) => [at, `rgb(${r} ${g} ${b})`])
  if (hidden > 0) {
    const [from, to] = [0.5 - hidden / 2, 0.5 + hidden / 2].map((at) => Math.min(1, Math.max(0, at)))
    const edge = (at) => colourAt(SCALES[name], at).map(Math.round)
    const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`
    const kept = [
      ...stops.filter(([at]) => at < from),
      [from, css(edge(from))],
      [from, 'rgb(112 112 112)'],
      [to, 'rgb(112 112 112)'],
      [to, css(edge(to))],
      ...stops.filter(([at]) => at > to)
    ]
    return `linear-gradient(to right, ${kept.map(([at, colour]) => `${colour} ${at * 100}%`).join(', ')})`
  }
  return `linear-gradient(to right, ${stops.map(([at, colour]) => `${colour} ${at * 100}%`).join(', ')})`
}

/**
 * NiiVue's form of a scale, one entry for each of its 256 steps.
 * @param {string} name grey, difference or activation
 * @param {{hidden?: number, transparent?: boolean}} options `hidden` as above; `transparent`: what is hidden or
 *   below the floor lets the anatomy through
 */
export function colourMap(name, { hidden = 0, transparent = false } = {}) {
  const map = { R: [], G: [], B: [], A: [], I: [] }
  for (let index = 0; index < 256; index++) {
    const at = index / 255
    const [r, g, b] = colourAt(SCALES[name], at)
    const shown =
      name === 'difference' ? Math.abs(at - 0.5) * 2 >= hidden : !(transparent && name === 'activation') || at >= ACTIVATION_FLOOR
    map.R.push(Math.round(r))
    map.G.push(Math.round(g))
    map.B.push(Math.round(b))
    map.A.push(shown ? 255 : 0)
    map.I.push(index)
  }
  return map
}

function colourAt(stops, at) {
  const next = stops.findIndex(([end]) => end >= at)
  if (next <= 0) return stops[next === 0 ? 0 : stops.length - 1].slice(1)
  const [from, ...a] = stops[next - 1]
  const [to, ...b] = stops[next]
  const share = (at - from) / (to - from)
  return a.map((value, channel) => value + (b[channel] - value) * share)
}
