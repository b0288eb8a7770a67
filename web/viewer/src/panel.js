// One map as slices in one canvas: its planes, letters, crosshair and what the keyboard and the mouse do to it.

import { Niivue } from '@niivue/niivue'
import { brainMask, hideOutside } from './brain.js'
import { colourMap } from './colours.js'
import { crosshairLines, KEY_STEPS, placeLetters, planLayout } from './layout.js'
import { COMMON_OPTIONS, readImage, setLayers, shapeOf, sizeMm } from './niivue.js'
import { OUTLINE_LUT } from './outline.js'
import { Overlay } from './overlay.js'
import { Stage } from './stage.js'

const OPTIONS = {
  ...COMMON_OPTIONS,
  // The page draws its own.
  crosshairWidth: 0,
  isForceMouseClickToVoxelCenters: true,
  // Dragging with the right button would change one panel's window behind its colour bar.
  dragMode: 0,
  multiplanarShowRender: 0
}
export class Panel extends Stage {
  #overlay
  #place = null
  #layout = null
  #outline = null
  #view = { axialOnly: false, radiological: false, letters: true }

  /** @param {HTMLCanvasElement} canvas inside an element that gives it its size and holds its letters */
  constructor(canvas, name) {
    super(canvas)
    this.name = name
    this.#overlay = new Overlay(this.screen)
    this.#guard()
  }

  async attach() {
    const niivue = new Niivue(OPTIONS)
    // The outline's inside must not be drawn, but NiiVue looks for the rim only where there is something. For the rim's
    // width in pixels see trim.mjs.
    niivue.drawOpacity = 0.001
    niivue.drawRimOpacity = Math.max(1, Math.round(devicePixelRatio))
    niivue.drawLut = OUTLINE_LUT
    await niivue.attachToCanvas(this.canvas, false)
    niivue.onLocationChange = ({ mm }) => this.moved([mm[0], mm[1], mm[2]])
    return niivue
  }

  /** @param {{layers: {file: ArrayBuffer, inside?: ArrayBuffer}[]}} content see maps.js */
  async load({ layers }) {
    const files = new Set(layers.map(({ file }) => file))
    for (const file of this.images.keys()) if (!files.has(file)) this.images.delete(file)
    for (const { file, inside } of layers) if (!this.images.has(file)) this.images.set(file, readMap(file, inside))
    return Promise.all(layers.map(({ file }) => this.images.get(file)))
  }

  paint({ layers, opacity }, images) {
    const { niivue } = this
    setLayers(
      niivue,
      layers.map(({ scale, hidden, range }, index) => ({
        image: images[index],
        map: colourMap(scale, { hidden, transparent: index > 0 }),
        range
      })),
      this.name
    )
    niivue.overlayAlphaShader = opacity
    if (this.#place) niivue.scene.crosshairPos = niivue.mm2frac(this.#place)
    this.#arrange()
    niivue.updateGLVolume()
    this.drawOutline(this.#outline)
    this.#drawCrosshair()
  }

  /** Opacity of the map over the anatomy, 0..1. Nothing is computed again. */
  setOpacity(opacity) {
    if (this.content) this.content.opacity = opacity
    if (!this.drawn) return
    this.niivue.overlayAlphaShader = opacity
    this.redrawSoon()
  }

  /** @param {{axialOnly?: boolean, radiological?: boolean, letters?: boolean}} change */
  setView(change) {
    Object.assign(this.#view, change)
    if (!this.drawn) return
    this.#arrange()
    this.#drawCrosshair()
    this.redraw()
  }

  /** @param {{voxels: Uint8Array, shape: number[]} | null} outline of a region on this grid; see outline.js */
  setOutline(outline) {
    this.#outline = outline
    if (!this.drawn) return
    this.drawOutline(this.#outline)
    this.redrawSoon()
  }

  moveTo(mm) {
    this.#place = mm
    if (!this.drawn) return
    this.niivue.scene.crosshairPos = this.niivue.mm2frac(mm)
    this.#drawCrosshair()
    this.redrawSoon()
  }

  /** What the page draws over the canvas, as fractions of it. */
  get marks() {
    return { letters: this.#view.letters ? this.#letters() : [], crosshair: this.#crosshair() }
  }

  /** Places planes and letters for the present grid and view. */
  #arrange() {
    this.#layout = planLayout(sizeMm(this.niivue.volumes[0]), this.#view)
    const { aspect, tiles } = this.#layout
    this.screen.style.aspectRatio = String(aspect)
    // For style sheets that limit the height, of the picture or of all around it.
    for (const element of [this.screen, this.screen.parentElement]) element?.style.setProperty('--aspect', String(aspect))
    this.niivue.opts.isRadiologicalConvention = this.#view.radiological
    this.niivue.customLayout = tiles.map(({ plane, box }) => ({ sliceType: plane, position: box }))
    this.#overlay.setLetters(this.marks.letters)
  }

  #letters() {
    if (!this.#layout) return []
    return this.#layout.tiles.flatMap((tile) => placeLetters(tile, this.#view.radiological).map((letter) => ({ ...letter, plane: tile.plane })))
  }

  #crosshair() {
    if (!this.drawn || !this.#layout) return []
    const { niivue } = this
    const size = sizeMm(niivue.volumes[0])
    return this.#layout.tiles.flatMap((tile) => crosshairLines(tile, niivue.scene.crosshairPos, size, this.#view.radiological))
  }

  #drawCrosshair() {
    this.#overlay.setCrosshair(this.#crosshair())
  }

  /** Gives it to what draws, or takes it away. */
  drawOutline(outline) {
    const { niivue } = this
    if (outline) {
      niivue.drawBitmap = outline.voxels
      niivue.drawTexture = niivue.r8Tex(niivue.drawTexture, niivue.gl.TEXTURE7, [3, ...outline.shape])
      niivue.refreshDrawing(false)
    } else if (niivue.drawBitmap) {
      niivue.closeDrawing()
    }
  }

  /** The user moved the crosshair. */
  moved(mm) {
    this.#place = mm
    this.#drawCrosshair()
    this.onMove(mm)
  }

  /** Takes what NiiVue must not see: its own shortcuts, a double click that resets the window, touch scrolling. */
  #guard() {
    const early = { capture: true }
    const hide = (event) => event.stopPropagation()
    this.screen.addEventListener('dblclick', hide, early)
    // A finger scrolls the page; a tap comes again as a click and moves the crosshair.
    for (const type of ['touchstart', 'touchmove', 'touchend']) this.screen.addEventListener(type, hide, { ...early, passive: true })
    // Without a selected canvas the wheel scrolls the page.
    this.screen.addEventListener('wheel', (event) => document.activeElement === this.canvas || hide(event), { ...early, passive: true })
    this.screen.addEventListener('keydown', (event) => this.#onKey(event), early)
    this.canvas.addEventListener('mousedown', () => this.canvas.focus({ preventScroll: true }))
  }

  #onKey(event) {
    // Escape is the page's.
    if (event.target !== this.canvas || event.key === 'Escape') return
    event.stopPropagation()
    const step = KEY_STEPS[event.key]
    if (!this.drawn || !step || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    const mirrored = this.#view.radiological ? -1 : 1
    this.niivue.moveCrosshairInVox(step[0] * mirrored, step[1], step[2])
    this.moved([...this.niivue.frac2mm(this.niivue.scene.crosshairPos)].slice(0, 3))
  }
}

/** `inside`: grey matter, outside of whose brain the map is not drawn. */
async function readMap(file, inside) {
  const image = await readImage(file)
  if (inside) {
    const matter = await readImage(inside)
    hideOutside(image.img, brainMask(matter.img, shapeOf(matter)))
  }
  return image
}
