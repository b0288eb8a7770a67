// Linked panels and the body, offered to the page's program as `window.agelensViewer`; then the program itself is
// started.

import { tellWhatBreaks } from './broken.js'
import { colourStops, gradient } from './colours.js'
import { Comparison } from './comparison.js'
import { failure } from './failure.js'
import { FlatPanel } from './flat.js'
import { contentOf, DIFFERENCE, isOverlay, isSame, KEPT_DIFFERENCE, NAMES, opacityOf, ORIGINAL, scaleOf, TRANSLATED, TRUTH } from './maps.js'
import { readOutline } from './outline.js'
import { Panel } from './panel.js'
import { dicom } from './dicom.js'
import { drawFrame, drawPicture } from './picture.js'
import { sameFile } from './same-file.js'
import { startProgram } from './start.js'
import { Volume, withoutBody } from './volume.js'

/** Width of the maps of an animation, together. */
const FRAME_PX = 720

class Viewer {
  #panels = []
  #volume = null
  #comparison = null
  #mode = 'side'
  #state = { files: [], limit: 1, threshold: 0, anatomy: true, window: [0, 1], opacity: 1 }
  #outlines = 0
  #place = null
  #onMove = () => {}
  #onLost = () => {}
  #onRestored = () => {}
  #onWipe = () => {}
  #flat = null

  /** Whether this browser can draw at all. */
  get supported() {
    return !this.flat || Boolean(document.createElement('canvas').getContext('2d'))
  }

  /** Whether this browser has no WebGL 2: slices are drawn all the same, the body is not. */
  get flat() {
    if (this.#flat === null) {
      const context = document.createElement('canvas').getContext('webgl2')
      this.#flat = !context
      // Browsers allow only some at a time.
      context?.getExtension('WEBGL_lose_context')?.loseContext()
    }
    return this.#flat
  }

  /**
   * @param {HTMLCanvasElement[]} canvases in the order of the panels; hidden ones cost nothing
   *   until they are shown
   * @param {(x: number, y: number, z: number) => void} onMove hears every move of the crosshair, mm
   * @param {() => void} onLost hears that the graphics device took the canvases away
   */
  async start(canvases, onMove, onLost) {
    this.#onMove = onMove
    this.#onLost = onLost
    const Kind = this.flat ? FlatPanel : Panel
    this.#panels = canvases.slice(0, NAMES.length).map((canvas, index) => this.#watch(new Kind(canvas, NAMES[index])))
    this.#comparison = new Comparison(this.#panels[TRANSLATED].canvas, this.#panels[TRANSLATED].screen)
    this.#comparison.onWipe = (share) => this.#onWipe(share)
    await Promise.all(this.#panels.map((panel) => panel.prepare()))
  }

  /**
   * @param {(Uint8Array | null | undefined)[]} files `.nii` files on one grid, in the order of the panels; from the truth on
   *   they may be missing
   * @param {number} limit end of the difference map's colours, grey-matter units
   * @param {number} threshold changes smaller than this are hidden, grey-matter units
   */
  async show(files, limit, threshold) {
    // What stays as it is is neither read nor drawn again: turning the dial leaves the original.
    const before = this.#state.files
    this.#state.files = NAMES.map((_, index) => (files[index] ? sameFile(before[index], files[index]) : null))
    Object.assign(this.#state, { limit, threshold })
    await this.setOutline(null)
    await this.#draw([...NAMES.keys()])
  }

  /** Nothing that was shown stays in memory, neither here nor on the graphics device. */
  forget() {
    this.#state.files = []
    this.#outlines++
    for (const stage of this.#stages()) stage.forget()
  }

  /** @param {'side' | 'compare' | 'volume'} mode after the page has shown and hidden its panels */
  async setMode(mode) {
    if (mode === 'volume' && this.flat) throw withoutBody('no WebGL 2')
    this.#mode = mode
    const compared = mode === 'compare'
    this.#comparison?.setActive(compared)
    this.#panels[ORIGINAL]?.setView({ letters: !compared })
    if (mode === 'volume') await this.#drawVolume()
    else await Promise.all(this.#panels.map((panel) => panel.update()))
  }

  /** Opacity of the translation over the original, 0..1: an interpolation of two pictures. Ends a wipe. */
  setBlend(share) {
    this.#comparison?.setBlend(share)
  }

  /** The translation is shown to the right of this share of the width, 0..1. Ends a blend. */
  setWipe(share) {
    this.#comparison?.setWipe(share)
  }

  /** @param {(share: number) => void} onWipe hears where the user draws the line */
  setWipeHandler(onWipe) {
    this.#onWipe = onWipe
  }

  /** @param {HTMLCanvasElement} canvas for the body */
  setVolumeCanvas(canvas) {
    if (this.flat) return
    this.#volume = this.#watch(new Volume(canvas))
    if (this.#place) this.#volume.moveTo(this.#place)
  }

  /** Whether the corner of the body between the viewer and the crosshair is cut out. */
  setVolumeClip(clipped) {
    this.#volume?.setClip(clipped)
  }

  resetVolumeView() {
    this.#volume?.resetView()
  }

  /** Whether differences, Grad-CAM and truth lie over the anatomy. */
  async setAnatomy(shown) {
    this.#state.anatomy = shown
    await this.#draw([...NAMES.keys()].filter(isOverlay))
  }

  /** Hides changes smaller than this, grey-matter units. */
  async setThreshold(threshold) {
    this.#state.threshold = threshold
    await this.#draw([DIFFERENCE, TRUTH, KEPT_DIFFERENCE])
  }

  /** Grey matter that is drawn black and white, 0 and 1 at first. */
  async setWindow(low, high) {
    this.#state.window = [low, high]
    await this.#draw([...NAMES.keys()])
  }

  /** Opacity of differences, Grad-CAM and truth over the anatomy, 0..1. */
  setOpacity(share) {
    this.#state.opacity = share
    for (const [index, panel] of this.#panels.entries()) if (isOverlay(index)) panel.setOpacity(opacityOf(index, share))
  }

  /** @param {Uint8Array | null} file a `.nii` mask on the maps' grid whose outline is drawn over all slices */
  async setOutline(file) {
    const turn = ++this.#outlines
    const outline = file ? await readOutline(file.slice().buffer) : null
    // The pointer has gone on to another region.
    if (turn === this.#outlines) for (const panel of this.#panels) panel.setOutline(outline)
  }

  setAxialOnly(axialOnly) {
    for (const panel of this.#panels) panel.setView({ axialOnly })
  }

  /** True: the patient's left on the right side of the picture. */
  setRadiological(radiological) {
    for (const panel of this.#panels) panel.setView({ radiological })
  }

  moveTo(x, y, z) {
    this.#move([x, y, z])
  }

  /** CSS of a colour bar: grey, difference or activation. */
  gradient(name) {
    return gradient(name, this.#hidden(name))
  }

  /** @param {() => void} onRestored hears that all canvases are drawn again */
  setRestoredHandler(onRestored) {
    this.#onRestored = onRestored
  }

  /**
   * What is on the screen as a PNG. A blend tells in its headings how much of each picture it shows.
   * @param {{title: string, lines: string[], captions: string[], scales: {low: string, high: string, unit: string}[]}} words
   *   `lines`: the footer; `captions` and `scales` in the order of the panels, those of the body last
   * @returns {Promise<Blob>}
   */
  async picture(words) {
    return drawPicture(this.#pictured(words))
  }

  /** The same as pixels for an animation, @returns {ImageData} */
  frame(words) {
    return drawFrame(this.#pictured(words), FRAME_PX)
  }

  #pictured({ title, lines, captions, scales }) {
    const heading = (index, shares) => [captions[index], shares && `${Math.round(100 * shares[index])}%`].filter(Boolean).join(' · ')
    const panels = this.#onScreen().map(({ stage, indices, draw, marks, shares }) => ({
      canvas: stage.canvas,
      draw,
      marks,
      headings: indices.map((index) => heading(index, shares)),
      scale: scales[indices[0]],
      stops: this.#stops(indices[0])
    }))
    if (panels.length === 0) throw failure('viewer.picture.none')
    return { panels, title, lines }
  }

  /** Canvases of a picture, each with the panels in it. */
  #onScreen() {
    const copy = (stage) => (context, { x, y, width, height }) => {
      // A canvas keeps its picture only until the browser has shown it.
      stage.redraw()
      context.drawImage(stage.canvas, x, y, width, height)
    }
    if (this.#mode === 'volume') {
      this.#volume?.settle()
      const marks = { letters: [], crosshair: [] }
      return this.#volume?.drawn ? [{ stage: this.#volume, indices: [NAMES.length], draw: copy(this.#volume), marks }] : []
    }
    const [below, above] = [this.#panels[ORIGINAL], this.#panels[TRANSLATED]]
    if (this.#mode === 'compare' && below.drawn && above.drawn) {
      const draw = (context, box) => this.#comparison.draw(context, box, copy(below), copy(above))
      return [{ stage: above, indices: [ORIGINAL, TRANSLATED], draw, marks: above.marks, shares: this.#comparison.shares }]
    }
    const single = (panel, index) => ({ stage: panel, indices: [index], draw: copy(panel), marks: panel.marks })
    return this.#panels.map(single).filter(({ stage }) => stage.drawn && stage.visible)
  }

  #stops(index) {
    const name = index < NAMES.length ? scaleOf(index) : 'difference'
    return colourStops(name, this.#hidden(name))
  }

  /** Share around the middle of a scale that is not drawn. */
  #hidden(name) {
    return name === 'difference' ? this.#state.threshold / this.#state.limit : 0
  }

  async #draw(indices) {
    const shown = indices.filter((index) => this.#panels[index])
    const slices = Promise.all(
      shown.map((index) => {
        const [panel, content] = [this.#panels[index], contentOf(index, this.#state)]
        return panel.drawn && isSame(panel.content, content) ? panel.update() : panel.show(content)
      })
    )
    await Promise.all([slices, this.#mode === 'volume' ? this.#drawVolume() : null])
  }

  async #drawVolume() {
    const { files, limit, threshold } = this.#state
    if (!this.#volume || !files[DIFFERENCE]) return
    await this.#volume.show({ files: [files[ORIGINAL], files[DIFFERENCE]], limit, threshold })
  }

  #watch(stage) {
    stage.onMove = (mm) => {
      this.#move(mm, stage)
      this.#onMove(...mm)
    }
    stage.onLost = () => {
      // All canvases are lost together, and told of once.
      if (this.#stages().filter(({ lost }) => lost).length === 1) this.#onLost()
    }
    stage.onRestored = () => {
      if (!this.#stages().some(({ lost }) => lost)) this.#onRestored()
    }
    return stage
  }

  #stages() {
    return this.#volume ? [...this.#panels, this.#volume] : this.#panels
  }

  /** Own linking instead of NiiVue's `broadcastTo`, which stays silent unless a canvas has the keyboard. */
  #move(mm, source = null) {
    this.#place = mm
    for (const stage of this.#stages()) if (stage !== source) stage.moveTo(mm)
  }
}

window.agelensViewer = new Viewer()
window.agelensDicom = dicom
tellWhatBreaks()
await startProgram()
