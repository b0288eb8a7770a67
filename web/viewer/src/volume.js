// The image as a body: grey matter with the changes on it, to be turned by hand. Its shaders are large and slow to
// compile, so they come from a file of their own when it is first wanted.

import { Niivue } from '@niivue/niivue'
import { lit } from '@/niivue/rendering/VolumeRenderer'
import { lendShaders } from '@/shader-srcs'
import { colourMap } from './colours.js'
import { failure } from './failure.js'
import { cutPlanes, turned, zoomed } from './turning.js'
import { COMMON_OPTIONS, readImage, setLayers } from './niivue.js'
import { Stage } from './stage.js'

const RENDER = 4
const OPTIONS = {
  ...COMMON_OPTIONS,
  sliceType: RENDER,
  // Mouse, touch and keyboard are handled here.
  interactive: false,
  isOrientCube: true,
  show3Dcrosshair: true,
  crosshairColor: [1, 0.85, 0.25, 1],
  crosshairWidth: 0.6,
  crosshairWidthUnit: 'mm',
  crosshairGap: 16,
  isClipPlanesCutaway: true,
  isClipAllVolumes: true,
  clipPlaneColor: [0, 0, 0, 0]
}
/** From the front, the left and above. */
const HOME = { azimuth: 145, elevation: 22, zoom: 1.6 }
const ILLUMINATION = 0.55
/** Device pixels in a CSS pixel: a body has no fine lines. While it moves there are fewer, where a picture is slow. */
const FINE_RATIO = 1.25
const COARSE_RATIO = 0.4
const SLOW_MS = 100
/** The fine picture comes when nothing has moved for this long. */
const REST_MS = 250
/** Degrees of a step by key, and of a whole drag across the canvas. */
const KEY_DEGREES = 7.5
const DRAG_DEGREES = 240
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }

/** The error where the body cannot be drawn here. @param {string} detail why */
export const withoutBody = (detail) => failure('viewer.body', detail)

export class Volume extends Stage {
  #place = null
  #pose = { ...HOME }
  #clipped = true
  #pointer = [0, 0]
  #coarse = false
  #frameMs = 0
  #moves = 0
  #rest = 0

  constructor(canvas) {
    super(canvas)
    canvas.tabIndex = 0
    // A finger turns it sideways and scrolls the page up and down.
    canvas.style.touchAction = 'pan-y'
    canvas.addEventListener('pointerdown', (event) => this.#grab(event))
    canvas.addEventListener('pointermove', (event) => this.#drag(event))
    canvas.addEventListener('keydown', (event) => this.#onKey(event))
    canvas.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false })
  }

  async attach() {
    const shaders = await loadShaders()
    const niivue = new Niivue({ ...OPTIONS, forceDevicePixelRatio: Math.min(devicePixelRatio, FINE_RATIO) })
    // NiiVue compiles before it first waits, and other canvases must not compile these.
    lendShaders(shaders)
    let attached
    try {
      attached = niivue.attachToCanvas(this.canvas)
    } finally {
      lendShaders(null)
    }
    try {
      await attached
    } catch (error) {
      if (this.lost) throw error
      throw withoutBody(error.message)
    }
    lit.add(niivue.gl)
    await niivue.loadMatCapTexture(lamp())
    await niivue.setVolumeRenderIllumination(ILLUMINATION)
    return niivue
  }

  /** @param {{files: ArrayBuffer[], limit: number, threshold: number}} content original and difference */
  async load({ files }) {
    for (const file of this.images.keys()) if (!files.includes(file)) this.images.delete(file)
    for (const file of files) if (!this.images.has(file)) this.images.set(file, readImage(file))
    return Promise.all(files.map((file) => this.images.get(file)))
  }

  paint({ limit, threshold }, [matter, difference]) {
    // Where nothing is hidden, all of the body would be painted black: no change.
    const hidden = Math.max(threshold / limit, 0.02)
    setLayers(
      this.niivue,
      [
        { image: matter, map: colourMap('matter'), range: [0, 1] },
        { image: difference, map: colourMap('difference', { hidden, transparent: true }), range: [-limit, limit] }
      ],
      'volume'
    )
    this.#aim()
    this.#timed(() => this.niivue.updateGLVolume())
  }

  redraw() {
    if (!this.drawn) return
    const { niivue } = this
    this.#aim()
    const ratio = Math.min(devicePixelRatio, this.#coarse ? COARSE_RATIO : FINE_RATIO)
    const same = niivue.opts.forceDevicePixelRatio === ratio
    niivue.opts.forceDevicePixelRatio = ratio
    // Giving the canvas another size draws as well.
    this.#timed(() => (same ? niivue.drawScene() : niivue.resizeListener()))
  }

  moveTo(mm) {
    this.#place = mm
    this.#move()
  }

  /** Whether the corner between the viewer and the crosshair is cut out. */
  setClip(clipped) {
    this.#clipped = clipped
    this.redrawSoon()
  }

  resetView() {
    this.#pose = { ...HOME }
    this.redrawSoon()
  }

  /** Fine again, if it is not. */
  settle() {
    if (!this.#coarse) return
    clearTimeout(this.#rest)
    this.#coarse = false
    this.redraw()
  }

  #aim() {
    const { niivue } = this
    const { azimuth, elevation, zoom } = this.#pose
    const { scene } = niivue
    if (this.#place) scene.crosshairPos = niivue.mm2frac(this.#place)
    scene.renderAzimuth = azimuth
    scene.renderElevation = elevation
    scene.volScaleMultiplier = zoom
    const direction = niivue.calculateRayDirection(azimuth, elevation)
    scene.clipPlaneDepthAziElevs = this.#clipped ? cutPlanes(scene.crosshairPos, direction) : []
  }

  #turn(degreesAcross, degreesUp) {
    this.#pose = turned(this.#pose, degreesAcross, degreesUp)
    this.#move()
  }

  /** One of many pictures in quick succession. */
  #move() {
    this.#coarse = this.#frameMs > SLOW_MS
    this.#moves++
    clearTimeout(this.#rest)
    if (this.visible) this.redrawSoon()
  }

  #timed(draw) {
    const start = performance.now()
    const turn = ++this.#moves
    draw()
    const shown = () => {
      const ms = performance.now() - start
      // Browsers queue some pictures, so a slow device looks fast at times.
      if (!this.#coarse) this.#frameMs = Math.max(ms, this.#frameMs / 2)
      else if (turn === this.#moves) this.#rest = setTimeout(() => this.settle(), REST_MS)
    }
    // Drawing returns before the device is done; the browser's frame after the next one comes after that.
    requestAnimationFrame(() => requestAnimationFrame(shown))
  }

  #grab(event) {
    if (event.button !== 0) return
    this.#pointer = [event.clientX, event.clientY]
    this.canvas.focus({ preventScroll: true })
    this.canvas.setPointerCapture(event.pointerId)
  }

  #drag(event) {
    if (!this.canvas.hasPointerCapture(event.pointerId)) return
    const perPixel = DRAG_DEGREES / this.canvas.clientWidth
    const [x, y] = this.#pointer
    this.#pointer = [event.clientX, event.clientY]
    this.#turn((event.clientX - x) * perPixel, (event.clientY - y) * perPixel)
  }

  #onKey(event) {
    const step = KEYS[event.key]
    if (event.ctrlKey || event.altKey || event.metaKey || !(step || event.key === 'Home')) return
    event.preventDefault()
    if (step) this.#turn(step[0] * KEY_DEGREES, step[1] * KEY_DEGREES)
    else this.resetView()
  }

  /** Only where the canvas has the keyboard; else the wheel scrolls the page. */
  #onWheel(event) {
    if (document.activeElement !== this.canvas) return
    event.preventDefault()
    this.#pose = zoomed(this.#pose, event.deltaY)
    this.#move()
  }
}

async function loadShaders() {
  try {
    return await import(VOLUME_SHADERS)
  } catch (error) {
    throw failure('viewer.not_loaded', error.message)
  }
}

/** A lit ball seen from the front: how bright a surface is that faces this way. */
function lamp() {
  const side = 128
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = side
  const context = canvas.getContext('2d')
  const light = context.createRadialGradient(side * 0.42, side * 0.36, 0, side * 0.5, side * 0.5, side * 0.52)
  for (const [at, grey] of [[0, 178], [0.35, 150], [0.7, 96], [0.92, 44], [1, 24]]) light.addColorStop(at, `rgb(${grey} ${grey} ${grey})`)
  context.fillStyle = light
  context.fillRect(0, 0, side, side)
  return canvas.toDataURL()
}
