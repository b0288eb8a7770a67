// Slices on a plain canvas, for browsers without WebGL 2: what a panel asks of NiiVue, by the same names. One slice of voxels
// at a time is coloured and drawn larger, which a processor does at once. Between two slices the nearer one is shown.

import { acrossOf, fractionAt, tileAt } from './layout.js'
import { shapeOf } from './niivue.js'
import { OUTLINE_CSS } from './outline.js'
import { Panel } from './panel.js'
import { drawPlane, plainGrid } from './plane.js'
import { pixelsOfSteps, rimOf, sliceOf } from './slices.js'

export class FlatPanel extends Panel {
  async attach() {
    const slices = new FlatSlices(this.canvas)
    slices.onLocationChange = ({ mm }) => this.moved(mm)
    return slices
  }

  /** The instance stays, since it listens to the canvas; what it drew does not. */
  release() {
    this.niivue.empty()
  }

  drawOutline(outline) {
    if (this.niivue.outline === outline) return
    this.niivue.outline = outline
    this.redrawSoon()
  }
}

class FlatSlices {
  /** One above the other, the lowest first. */
  volumes = []
  scene = { crosshairPos: [0.5, 0.5, 0.5] }
  opts = { isRadiologicalConvention: false }
  /** Planes and their places, fractions of the canvas. */
  customLayout = []
  overlayAlphaShader = 1
  outline = null
  onLocationChange = () => {}
  #steps = new Map()
  #isHeld = false
  /** One slice, a pixel for a voxel. */
  #small = document.createElement('canvas')

  constructor(canvas) {
    this.canvas = canvas
    canvas.tabIndex = 0
    canvas.addEventListener('mousedown', (event) => this.#grab(event))
    canvas.addEventListener('mousemove', (event) => this.#drag(event))
    canvas.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false })
    canvas.addEventListener('contextrestored', () => this.drawScene())
    new ResizeObserver(() => this.drawScene()).observe(canvas)
  }

  addColormap(name, map) {
    this.#steps.set(name, pixelsOfSteps(map))
  }

  /** Draws nothing. */
  empty() {
    this.volumes = []
    this.outline = null
    this.#small.width = this.#small.height = 0
    this.drawScene()
  }

  updateGLVolume() {
    this.drawScene()
  }

  mm2frac(mm) {
    return this.volumes[0].convertMM2Frac(mm)
  }

  frac2mm(fraction) {
    return this.volumes[0].convertFrac2MM(fraction)
  }

  moveCrosshairInVox(...steps) {
    const shape = shapeOf(this.volumes[0])
    const place = this.#place().map((at, axis) => Math.min(shape[axis] - 1, Math.max(0, at + steps[axis])))
    this.scene.crosshairPos = place.map((at, axis) => (at + 0.5) / shape[axis])
    this.drawScene()
  }

  drawScene() {
    const { canvas } = this
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.round(side * devicePixelRatio))
    if (!width || !height) return
    // Even the same size would clear the canvas and cost time.
    if (canvas.width !== width) canvas.width = width
    if (canvas.height !== height) canvas.height = height
    const context = canvas.getContext('2d')
    context.fillStyle = '#000'
    context.fillRect(0, 0, width, height)
    if (this.volumes.length > 0) for (const tile of this.customLayout) this.#drawTile(context, tile)
  }

  #drawTile(context, { sliceType: plane, position: box }) {
    const shape = shapeOf(this.volumes[0])
    const layers = this.volumes.map((image) => ({
      grid: gridOf(image, shape),
      range: [image.cal_min, image.cal_max],
      steps: this.#steps.get(image.colormap)
    }))
    const view = { place: this.#place(), opacity: this.overlayAlphaShader, radiological: this.opts.isRadiologicalConvention }
    context.save()
    drawPlane(context, this.#small, { plane, box }, layers, view)
    if (this.outline) this.#drawRim(context, rimOf(sliceOf(plainGrid(this.outline), plane, view.place)))
    context.restore()
  }

  #drawRim(context, sides) {
    context.beginPath()
    for (const [x1, y1, x2, y2] of sides) {
      context.moveTo(x1, y1)
      context.lineTo(x2, y2)
    }
    context.resetTransform()
    context.globalAlpha = 1
    context.strokeStyle = OUTLINE_CSS
    context.lineWidth = Math.max(1, Math.round(devicePixelRatio))
    context.lineCap = 'square'
    context.stroke()
  }

  /** The voxel under the crosshair. */
  #place() {
    const shape = shapeOf(this.volumes[0])
    return shape.map((side, axis) => Math.min(side - 1, Math.max(0, Math.floor(this.scene.crosshairPos[axis] * side))))
  }

  #grab(event) {
    if (event.button !== 0) return
    // Else the browser would start to select text.
    event.preventDefault()
    this.#isHeld = true
    this.#point(event)
  }

  #drag(event) {
    this.#isHeld &&= (event.buttons & 1) === 1
    if (this.#isHeld) this.#point(event)
  }

  /** To the middle of the voxel under the pointer. */
  #point(event) {
    const found = this.#under(event)
    if (!found) return
    this.scene.crosshairPos = fractionAt(found.tile, found.at, this.scene.crosshairPos, this.opts.isRadiologicalConvention)
    this.moveCrosshairInVox(0, 0, 0)
    this.#tell()
  }

  /** To the next slice of the plane under the pointer. */
  #onWheel(event) {
    const found = this.#under(event)
    if (!found || event.deltaY === 0) return
    event.preventDefault()
    const steps = [0, 0, 0]
    steps[acrossOf(found.tile.plane)] = Math.sign(event.deltaY)
    this.moveCrosshairInVox(...steps)
    this.#tell()
  }

  #under({ clientX, clientY }) {
    if (this.volumes.length === 0) return null
    const { left, top, width, height } = this.canvas.getBoundingClientRect()
    const at = [(clientX - left) / width, (clientY - top) / height]
    const tile = tileAt(this.customLayout.map(({ sliceType, position }) => ({ plane: sliceType, box: position })), at)
    return tile && { tile, at }
  }

  #tell() {
    this.onLocationChange({ mm: [...this.frac2mm(this.scene.crosshairPos)].slice(0, 3) })
  }
}

/** An image's voxels, whichever way they lie in its file. */
function gridOf(image, shape) {
  return { voxels: image.img, shape, start: image.img2RASstart, step: image.img2RASstep }
}
