// The maps as they are on the screen, as one picture that can be understood without the page: with headings, letters,
// crosshair, colour bars and a footer, on the page's own paper and in its own type.

import { failure } from './failure.js'
import { CROSSHAIR_COLOUR, CROSSHAIR_WIDTH } from './overlay.js'
import { contentWidth, FOOTER_PX, HEADING_PX, LABEL_PX, planPicture, TITLE_PX, wrapped } from './picture-layout.js'

/** Of the letters on the page. */
const LETTER_PX = 11
const LETTER_COLOUR = '#cfd8d6'
const LETTER_GROUND = 'rgb(0 0 0 / 0.6)'
/** Of what is less important, on the ink of the page. */
const SOFT = 0.72
const BOLD = { weight: 650 }

/**
 * @param {object} what
 * @param {{canvas: HTMLCanvasElement, draw: (context: CanvasRenderingContext2D, box: object) => void,
 *   marks: {letters: object[], crosshair: number[][]}, headings: string[], stops: [number, string][],
 *   scale?: {low: string, high: string, unit: string}}[]} what.panels `draw` puts the canvas's picture into the box;
 *   a second heading stands at the right end
 * @param {string} what.title
 * @param {string[]} what.lines of the footer
 * @returns {Promise<Blob>}
 */
export async function drawPicture(what) {
  const blob = await new Promise((done) => composed(what).toBlob(done, 'image/png'))
  if (!blob) throw failure('viewer.picture.too_large')
  return blob
}

/** The same as pixels, with panels that together are no wider than so many of them, and text of its usual size. */
export function drawFrame(what, most) {
  const canvas = composed(what, most)
  return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
}

function composed({ panels, title, lines }, most = undefined) {
  const page = getComputedStyle(document.body)
  const canvas = document.createElement('canvas')
  // Chinese and Japanese share signs of different shape.
  canvas.lang = document.documentElement.lang
  const context = canvas.getContext('2d')
  const [first] = panels
  const onScreen = first.canvas.width / first.canvas.clientWidth
  const unit = most ? 1 : onScreen
  const font = (size, weight = 400) => `${weight} ${size * unit}px ${page.fontFamily}`

  const placesTimes = (share) =>
    panels.map(({ canvas, scale }) => {
      const { left, top } = canvas.getBoundingClientRect()
      const size = { width: Math.round(canvas.width * share), height: Math.round(canvas.height * share) }
      return { left: left * onScreen * share, top: top * onScreen * share, ...size, unitLabel: Boolean(scale?.unit) }
    })
  const share = most ? Math.min(1 / onScreen, most / contentWidth(placesTimes(1), onScreen)) : 1
  const places = placesTimes(share)
  const lineWidth = contentWidth(places, unit)
  const broken = (text, size, weight) => {
    context.font = font(size, weight)
    return wrapped(text, (part) => context.measureText(part).width, lineWidth)
  }
  const titleLines = broken(title ?? '', TITLE_PX, BOLD.weight)
  const footerLines = (lines ?? []).flatMap((line) => broken(line, FOOTER_PX))
  const plan = planPicture({ panels: places, titleLines: titleLines.length, footerLines: footerLines.length, unit })

  canvas.width = plan.width
  canvas.height = plan.height
  context.fillStyle = page.backgroundColor
  context.fillRect(0, 0, plan.width, plan.height)
  context.textBaseline = 'top'
  context.fillStyle = page.color
  const write = (text, x, y, size, { weight = 400, soft = false, align = 'left', width = undefined } = {}) => {
    context.font = font(size, weight)
    context.textAlign = align
    context.globalAlpha = soft ? SOFT : 1
    context.fillText(text, x, y, width)
    context.globalAlpha = 1
  }

  const writeAll = (texts, { x, y, lineHeight }, size, style) => {
    for (const [index, text] of texts.entries()) write(text, x, y + index * lineHeight, size, style)
  }

  writeAll(titleLines, plan.title, TITLE_PX, BOLD)
  for (const [index, panel] of panels.entries()) {
    const { heading, image, bar, unitLabel } = plan.cells[index]
    const [left, right] = panel.headings
    const style = { ...BOLD, width: heading.width / panel.headings.length }
    if (left) write(left, heading.x, heading.y, HEADING_PX, style)
    if (right) write(right, heading.x + heading.width, heading.y, HEADING_PX, { ...style, align: 'right' })
    drawImage(context, panel, image, unit)
    context.fillStyle = page.color
    if (panel.scale) drawBar(context, panel, bar, { write, font, unit, unitLabel })
  }
  writeAll(footerLines, plan.footer, FOOTER_PX, { soft: true })
  return canvas
}

/** A map in its place of a picture: what `draw` puts there, then crosshair and letters. */
export function drawImage(context, { draw, marks }, { x, y, width, height }, unit) {
  context.save()
  context.beginPath()
  context.rect(x, y, width, height)
  context.clip()
  context.fillStyle = '#000'
  context.fillRect(x, y, width, height)
  draw(context, { x, y, width, height })

  context.strokeStyle = CROSSHAIR_COLOUR
  context.lineWidth = Math.max(1, Math.round(CROSSHAIR_WIDTH * unit))
  context.beginPath()
  for (const [x1, y1, x2, y2] of marks.crosshair) {
    context.moveTo(sharp(x + x1 * width), sharp(y + y1 * height))
    context.lineTo(sharp(x + x2 * width), sharp(y + y2 * height))
  }
  context.stroke()

  context.font = `600 ${LETTER_PX * unit}px ${getComputedStyle(document.body).fontFamily}`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  const half = LETTER_PX * 0.75 * unit
  for (const { side, text, at } of marks.letters) {
    const inward = { left: [1, 0], right: [-1, 0], top: [0, 1], bottom: [0, -1] }[side]
    const [cx, cy] = [x + at[0] * width + inward[0] * (half + 2 * unit), y + at[1] * height + inward[1] * (half + 2 * unit)]
    context.fillStyle = LETTER_GROUND
    context.beginPath()
    context.roundRect(cx - half, cy - half, 2 * half, 2 * half, 3 * unit)
    context.fill()
    context.fillStyle = LETTER_COLOUR
    context.fillText(text, cx, cy + 0.5 * unit)
  }
  context.restore()
}

/** On one line: low end, bar, high end; below it the unit. */
function drawBar(context, { scale, stops }, bar, { write, font, unit, unitLabel }) {
  const gap = 7 * unit
  context.font = font(LABEL_PX)
  const [low, high] = [scale.low, scale.high].map(String)
  const left = bar.x + context.measureText(low).width + gap
  const right = bar.x + bar.width - context.measureText(high).width - gap
  const text = bar.y - (LABEL_PX * unit - bar.height) / 2
  write(low, bar.x, text, LABEL_PX)
  write(high, bar.x + bar.width, text, LABEL_PX, { align: 'right' })
  const ramp = context.createLinearGradient(left, 0, right, 0)
  for (const [at, colour] of stops) ramp.addColorStop(at, colour)
  const ink = context.fillStyle
  context.fillStyle = ramp
  context.fillRect(left, bar.y, right - left, bar.height)
  context.fillStyle = ink
  if (scale.unit) write(scale.unit, unitLabel.x, unitLabel.y, LABEL_PX, { soft: true, width: unitLabel.width })
}

/** On the middle of a pixel. */
function sharp(value) {
  return Math.floor(value) + 0.5
}
