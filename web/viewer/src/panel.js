// One map in one canvas: a NiiVue instance, its planes, its letters.

import { Niivue, NVImage } from '@niivue/niivue'
import { colourMap } from './colours.js'
import { AXIAL, CORONAL, edgeLetters, planLayout } from './layout.js'

const OPTIONS = {
  backColor: [0, 0, 0, 1],
  crosshairColor: [1, 0.85, 0.25, 0.9],
  crosshairWidth: 0.9,
  crosshairWidthUnit: 'mm',
  crosshairGap: 6,
  isOrientationTextVisible: false,
  isColorbar: false,
  dragAndDropEnabled: false,
  isForceMouseClickToVoxelCenters: true,
  // Without a selected canvas the wheel scrolls the page.
  scrollRequiresFocus: true,
  // Dragging with the right button would change one panel's window behind its colour bar.
  dragMode: 0,
  viewModeHotKey: '',
  clipPlaneHotKey: '',
  cycleClipPlaneHotKey: '',
  multiplanarShowRender: 0,
  loadingText: '',
  logLevel: 'error'
}
/** Keys and the voxel step they make along x, y, z. */
const STEPS = {
  ArrowLeft: [-1, 0, 0],
  ArrowRight: [1, 0, 0],
  ArrowUp: [0, 1, 0],
  ArrowDown: [0, -1, 0],
  PageUp: [0, 0, 1],
  PageDown: [0, 0, -1]
}

export class Panel {
  /** @param {HTMLCanvasElement} canvas inside an element that gives it its size and holds its letters */
  constructor(canvas, scale) {
    this.canvas = canvas
    this.screen = canvas.parentElement
    this.scale = scale
    this.niivue = new Niivue(OPTIONS)
    this.onMove = () => {}
    this.onLost = () => {}
    this.axialOnly = false
    this.radiological = false
  }

  async start() {
    this.#guard()
    await this.niivue.attachToCanvas(this.canvas, false)
    this.niivue.onLocationChange = ({ mm }) => this.onMove([mm[0], mm[1], mm[2]])
  }

  /**
   * Shows a map, over the anatomy where `anatomy` is given.
   * @param {{file: ArrayBuffer, anatomy?: ArrayBuffer, range: [number, number], hidden?: number, opacity?: number}} what
   */
  async show({ file, anatomy, range, hidden = 0, opacity = 1 }) {
    const key = `agelens-${this.scale}`
    this.niivue.addColormap(key, colourMap(this.scale, { hidden, transparent: Boolean(anatomy) }))
    const volumes = []
    if (anatomy) volumes.push(await image(anatomy, 'gray', [0, 1.6]))
    volumes.push(await image(file, key, range, anatomy ? opacity : 1))
    const placed = this.niivue.volumes.length > 0 && [...this.niivue.frac2mm(this.niivue.scene.crosshairPos)]
    // All at once: each addVolume would compute every texture again.
    this.niivue.volumes = volumes
    this.niivue.back = volumes[0]
    this.niivue.overlays = volumes.slice(1)
    this.niivue.updateGLVolume()
    if (placed) this.niivue.scene.crosshairPos = this.niivue.mm2frac(placed)
    this.arrange()
  }

  /** Places planes and letters for the present grid and settings. */
  arrange() {
    const volume = this.niivue.volumes[0]
    if (!volume) return
    const [, nx, ny, nz] = volume.dimsRAS
    const [, dx, dy, dz] = volume.pixDimsRAS
    const { aspect, tiles } = planLayout([nx * dx, ny * dy, nz * dz], this.axialOnly)
    this.screen.style.aspectRatio = String(aspect)
    this.niivue.opts.isRadiologicalConvention = this.radiological
    this.niivue.setCustomLayout(tiles.map(({ plane, box }) => ({ sliceType: plane, position: box })))
    for (const old of this.screen.querySelectorAll('.edge')) old.remove()
    for (const { plane, box } of tiles) this.#letter(plane, box)
  }

  get position() {
    return [...this.niivue.frac2mm(this.niivue.scene.crosshairPos)].slice(0, 3)
  }

  moveTo(mm) {
    if (this.niivue.volumes.length === 0) return
    this.niivue.scene.crosshairPos = this.niivue.mm2frac(mm)
    this.niivue.drawScene()
  }

  #letter(plane, [left, top, width, height]) {
    const letters = edgeLetters(plane, this.radiological)
    const places = {
      left: [left, top + height / 2],
      right: [left + width, top + height / 2],
      top: [left + width / 2, top],
      bottom: [left + width / 2, top + height]
    }
    // The strips of a slab are too low for letters above and below each other.
    const sides = height < 0.2 * width ? ['left', 'right'] : Object.keys(places)
    for (const side of sides) {
      const letter = document.createElement('span')
      letter.className = 'edge'
      letter.dataset.side = side
      letter.dataset.plane = plane === AXIAL ? 'axial' : plane === CORONAL ? 'coronal' : 'sagittal'
      letter.textContent = letters[side]
      letter.ariaHidden = 'true'
      letter.style.left = `${places[side][0] * 100}%`
      letter.style.top = `${places[side][1] * 100}%`
      this.screen.append(letter)
    }
  }

  /** Takes what NiiVue must not see: its own shortcuts, a double click that resets the window, touch scrolling. */
  #guard() {
    const early = { capture: true }
    const hide = (event) => event.stopPropagation()
    this.screen.addEventListener('dblclick', hide, early)
    // A finger scrolls the page; a tap comes again as a click and moves the crosshair.
    for (const type of ['touchstart', 'touchmove', 'touchend']) this.screen.addEventListener(type, hide, { ...early, passive: true })
    this.screen.addEventListener('keydown', (event) => this.#onKey(event), early)
    this.canvas.addEventListener('webglcontextlost', (event) => {
      event.preventDefault()
      this.onLost()
    })
  }

  #onKey(event) {
    event.stopPropagation()
    const step = STEPS[event.key]
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    const mirrored = this.radiological ? -1 : 1
    this.niivue.moveCrosshairInVox(step[0] * mirrored, step[1], step[2])
    this.onMove(this.position)
  }
}

async function image(file, colormap, [low, high], opacity = 1) {
  // NiiVue takes the buffer for its own.
  const volume = await NVImage.loadFromUrl({ url: file.slice(0), name: 'map.nii', colormap, opacity, cal_min: low, cal_max: high })
  volume.cal_min = low
  volume.cal_max = high
  return volume
}
