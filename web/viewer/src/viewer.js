// Four linked panels, offered to the page's program as `window.agelensViewer`; then the program itself is started.
//
// The order of maps is that of the whole project: original, translated, difference, Grad-CAM.

import { gradient } from './colours.js'
import { Panel } from './panel.js'
import { startProgram } from './start.js'

/** Grad-CAM is coarse: only with the anatomy shining through can one tell what it lies on. */
const ACTIVATION_OPACITY = 0.75

const SCALES = ['grey', 'grey', 'difference', 'activation']

class Viewer {
  #panels = []
  #files = null
  #limit = 1
  #threshold = 0
  #anatomy = true
  #linking = false
  #onMove = () => {}

  /** Whether this browser can draw at all. */
  get supported() {
    return Boolean(document.createElement('canvas').getContext('webgl2'))
  }

  /**
   * @param {HTMLCanvasElement[]} canvases four
   * @param {(x: number, y: number, z: number) => void} onMove hears every move of the crosshair, mm
   * @param {() => void} onLost hears that the graphics device took the canvases away
   */
  async start(canvases, onMove, onLost) {
    this.#onMove = onMove
    this.#panels = canvases.map((canvas, index) => new Panel(canvas, SCALES[index]))
    for (const panel of this.#panels) {
      await panel.start()
      panel.onMove = (mm) => this.#link(panel, mm)
      panel.onLost = onLost
    }
  }

  /**
   * @param {Uint8Array[]} files four `.nii` files on one grid
   * @param {number} limit end of the difference map's colours, grey-matter units
   */
  async show(files, limit) {
    this.#files = files.map((file) => file.slice().buffer)
    this.#limit = limit
    await this.#draw([0, 1, 2, 3])
  }

  async setAnatomy(shown) {
    this.#anatomy = shown
    await this.#draw([2, 3])
  }

  /** Hides changes smaller than this, grey-matter units. */
  async setThreshold(threshold) {
    this.#threshold = threshold
    await this.#draw([2])
  }

  setAxialOnly(axialOnly) {
    this.#arrange((panel) => (panel.axialOnly = axialOnly))
  }

  /** True: the patient's left on the right side of the picture. */
  setRadiological(radiological) {
    this.#arrange((panel) => (panel.radiological = radiological))
  }

  moveTo(x, y, z) {
    for (const panel of this.#panels) panel.moveTo([x, y, z])
  }

  /** CSS of a colour bar: grey, difference or activation. */
  gradient(name) {
    return gradient(name, name === 'difference' ? this.#threshold / this.#limit : 0)
  }

  async #draw(indices) {
    if (!this.#files) return
    this.#linking = true
    try {
      for (const index of indices) {
        const overlay = index >= 2
        await this.#panels[index].show({
          file: this.#files[index],
          anatomy: overlay && this.#anatomy ? this.#files[0] : undefined,
          range: index === 2 ? [-this.#limit, this.#limit] : [0, 1],
          hidden: index === 2 ? this.#threshold / this.#limit : 0,
          opacity: index === 3 ? ACTIVATION_OPACITY : 1
        })
      }
    } finally {
      this.#linking = false
    }
  }

  #arrange(change) {
    for (const panel of this.#panels) {
      change(panel)
      panel.arrange()
    }
  }

  /** Own linking instead of NiiVue's `broadcastTo`, which stays silent unless a canvas has the keyboard. */
  #link(source, mm) {
    if (this.#linking) return
    this.#linking = true
    for (const panel of this.#panels) if (panel !== source) panel.moveTo(mm)
    this.#linking = false
    this.#onMove(...mm)
  }
}

window.agelensViewer = new Viewer()
await startProgram()
