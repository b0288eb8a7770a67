// The script of a saved result (static/result.html): it draws the maps that the file holds, and moves through them. It stands in
// the file itself and loads nothing. Words are in the document already, so that they can be read without it.

import { brainMask, hideOutside } from './brain.js'
import { colourMap, gradient } from './colours.js'
import { crosshairLines, fractionAt, KEY_STEPS, placeLetters, planLayout, tileAt } from './layout.js'
import { CAM, contentOf, NAMES, ORIGINAL } from './maps.js'
import { drawImage } from './picture.js'
import { drawPlane, plainGrid } from './plane.js'
import { byteTold, bytesOf, told, valuesOf } from './saved-maps.js'
import { pixelsOfSteps } from './slices.js'

const { shape, first_mm, step_mm, at_mm, limit, threshold, white, opacity, anatomy, radiological, maps } = JSON.parse(
  document.getElementById('data').textContent
)
const bytes = Object.fromEntries(Object.entries(maps).map(([name, text]) => [name, bytesOf(text)]))
const files = valuesOf(bytes, limit)
hideOutside(files[CAM], brainMask(files[ORIGINAL], shape))

const size_mm = shape.map((side, axis) => side * step_mm[axis])
const { aspect, tiles } = planLayout(size_mm)
const state = { files, limit, threshold, anatomy, window: [0, white], opacity }
const small = document.createElement('canvas')
const sliders = [...document.querySelectorAll('input[data-axis]')]
const place = [0, 0, 0]

const panels = [...document.querySelectorAll('.panel')].map((figure) => {
  const index = NAMES.indexOf(figure.dataset.map)
  const content = contentOf(index, state)
  const layers = content.layers.map(({ file, scale, range, hidden }, layer) => ({
    grid: plainGrid({ voxels: file, shape }),
    range,
    steps: pixelsOfSteps(colourMap(scale, { hidden, transparent: layer > 0 }))
  }))
  const canvas = figure.querySelector('canvas')
  const ramp = figure.querySelector('.ramp')
  canvas.style.aspectRatio = String(aspect)
  figure.style.setProperty('--aspect', String(aspect))
  ramp.style.backgroundImage = gradient(ramp.dataset.scale, ramp.dataset.scale === 'difference' ? threshold / limit : 0)
  listen(canvas)
  return { index, canvas, layers, opacity: content.opacity, readout: figure.querySelector('output') }
})

function draw({ index, canvas, layers, opacity, readout }) {
  const [x, y, z] = place
  readout.textContent = byteTold(index, bytes[NAMES[index]][x + shape[0] * (y + shape[1] * z)], limit)
  const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.round(side * devicePixelRatio))
  if (!width || !height) return
  if (canvas.width !== width) canvas.width = width
  if (canvas.height !== height) canvas.height = height
  const fraction = place.map((at, axis) => (at + 0.5) / shape[axis])
  const marks = {
    letters: tiles.flatMap((tile) => placeLetters(tile, radiological)),
    crosshair: tiles.flatMap((tile) => crosshairLines(tile, fraction, size_mm, radiological))
  }
  const slices = (context) => {
    for (const tile of tiles) {
      context.save()
      drawPlane(context, small, tile, layers, { place, opacity, radiological })
      context.restore()
    }
  }
  drawImage(canvas.getContext('2d'), { draw: slices, marks }, { x: 0, y: 0, width, height }, devicePixelRatio)
}

/** Moves the crosshair of all maps to a voxel, or to the nearest one that there is. */
function move(voxel) {
  for (const [axis, slider] of sliders.entries()) {
    place[axis] = Math.min(shape[axis] - 1, Math.max(0, Math.round(voxel[axis])))
    const mm = first_mm[axis] + place[axis] * step_mm[axis]
    const words = `${told(mm).replace(/\.00$/, '')}\u202fmm`
    slider.value = String(mm)
    slider.setAttribute('aria-valuetext', words)
    slider.nextElementSibling.textContent = words
  }
  panels.forEach(draw)
}

const voxelOf = (mm) => mm.map((value, axis) => (value - first_mm[axis]) / step_mm[axis])

function listen(canvas) {
  const point = ({ clientX, clientY }) => {
    const { left, top, width, height } = canvas.getBoundingClientRect()
    const at = [(clientX - left) / width, (clientY - top) / height]
    const tile = tileAt(tiles, at)
    const fraction = place.map((voxel, axis) => (voxel + 0.5) / shape[axis])
    if (tile) move(fractionAt(tile, at, fraction, radiological).map((share, axis) => Math.floor(share * shape[axis])))
  }
  // A finger scrolls the page; a tap moves the crosshair.
  canvas.addEventListener('click', point)
  canvas.addEventListener('pointermove', (event) => event.pointerType === 'mouse' && event.buttons & 1 && point(event))
  canvas.addEventListener('keydown', (event) => {
    const step = KEY_STEPS[event.key]
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    move([place[0] + step[0] * (radiological ? -1 : 1), place[1] + step[1], place[2] + step[2]])
  })
}

for (const [axis, slider] of sliders.entries()) {
  slider.min = String(first_mm[axis])
  slider.max = String(first_mm[axis] + (shape[axis] - 1) * step_mm[axis])
  slider.step = String(step_mm[axis])
  slider.addEventListener('input', () => move(voxelOf(sliders.map(({ valueAsNumber }) => valueAsNumber))))
}
for (const bar of document.querySelectorAll('[data-share]')) bar.style.inlineSize = `${bar.dataset.share}%`
document.addEventListener('click', ({ target }) => {
  const enlarge = target.closest('.enlarge')
  // One at a time, so that the others stay beside each other. Their canvases hear of their new size.
  for (const button of enlarge ? document.querySelectorAll('.enlarge') : []) {
    const isLarge = button === enlarge && button.getAttribute('aria-pressed') === 'false'
    button.setAttribute('aria-pressed', String(isLarge))
    button.closest('.panel').classList.toggle('large', isLarge)
  }
  if (enlarge) enlarge.closest('.panel').scrollIntoView({ block: 'start' })
  const to = target.closest('[data-at]')?.dataset.at
  if (!to) return
  move(voxelOf(to.split(' ').map(Number)))
  document.getElementById('maps').scrollIntoView({ block: 'nearest' })
})
document.getElementById('maps').hidden = false
move(voxelOf(at_mm))
const watch = new ResizeObserver(() => panels.forEach(draw))
for (const { canvas } of panels) watch.observe(canvas)
