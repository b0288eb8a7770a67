// The translation over the original in one box: blended, or uncovered by a line that can be drawn across.
//
// Both are pictures on canvases of their own; only how the upper one is shown changes, and nothing is computed.

/** In an exported picture; on the page the style sheet says. */
const LINE_COLOUR = '#fff'
const MOUSE_EVENTS = ['mousedown', 'mousemove', 'mouseup']

/** How the upper picture is shown: opacity 0..1, and the share of its width that is cut off on the left, 0..1. */
export function showing({ kind, share }) {
  return kind === 'wipe' ? { opacity: 1, cut: share } : { opacity: share, cut: 0 }
}

export class Comparison {
  /** Hears where the user draws the line, 0..1. */
  onWipe = () => {}
  #active = false
  #state = { kind: 'blend', share: 0.5 }
  #line = document.createElement('div')

  /**
   * @param {HTMLCanvasElement} canvas the upper one
   * @param {HTMLElement} screen around it
   */
  constructor(canvas, screen) {
    this.canvas = canvas
    this.screen = screen
    this.#line.className = 'wipe-line'
    this.#line.ariaHidden = 'true'
    // A finger on the line draws it; beside it the page scrolls.
    this.#line.style.touchAction = 'none'
    this.#line.addEventListener('pointerdown', (event) => this.#grab(event))
    this.#line.addEventListener('pointermove', (event) => this.#drag(event))
    // The part that is cut off takes no events: what happens there is told to the canvas as if it were whole.
    for (const type of MOUSE_EVENTS) {
      screen.addEventListener(type, (event) => {
        if (this.#active && event.target === screen) canvas.dispatchEvent(new MouseEvent(type, event))
      })
    }
  }

  get active() {
    return this.#active
  }

  get showing() {
    return showing(this.#state)
  }

  get line() {
    return this.#active && this.#state.kind === 'wipe' ? this.#state.share : null
  }

  /** How much of the original and the translation a blend shows; null for a wipe. */
  get shares() {
    return this.#state.kind === 'blend' ? [1 - this.#state.share, this.#state.share] : null
  }

  setActive(active) {
    this.#active = active
    // The original is below.
    this.screen.style.backgroundColor = active ? 'transparent' : 'black'
    this.#apply()
  }

  setBlend(share) {
    this.#state = { kind: 'blend', share: limited(share) }
    this.#apply()
  }

  setWipe(share) {
    this.#state = { kind: 'wipe', share: limited(share) }
    this.#apply()
  }

  /** Draws both pictures into a box of another canvas, as they are shown; `below` and `above` draw one each. */
  draw(context, box, below, above) {
    const { x, y, width, height } = box
    const { opacity, cut } = this.showing
    below(context, box)
    context.save()
    context.globalAlpha = opacity
    context.beginPath()
    context.rect(x + cut * width, y, (1 - cut) * width, height)
    context.clip()
    above(context, box)
    context.restore()
    if (this.line === null) return
    context.fillStyle = LINE_COLOUR
    context.fillRect(x + this.line * width - 1, y, 2, height)
  }

  #apply() {
    const { opacity, cut } = this.#active ? this.showing : { opacity: 1, cut: 0 }
    this.canvas.style.opacity = String(opacity)
    this.canvas.style.clipPath = cut > 0 ? `inset(0 0 0 ${cut * 100}%)` : ''
    if (this.line === null) return this.#line.remove()
    this.#line.style.left = `${this.line * 100}%`
    if (!this.#line.isConnected) this.screen.append(this.#line)
  }

  #grab(event) {
    // Else the browser would start to select text, and NiiVue to move the crosshair.
    event.preventDefault()
    event.stopPropagation()
    this.#line.setPointerCapture(event.pointerId)
  }

  #drag(event) {
    if (!this.#line.hasPointerCapture(event.pointerId)) return
    const { left, width } = this.screen.getBoundingClientRect()
    this.setWipe((event.clientX - left) / width)
    this.onWipe(this.#state.share)
  }
}

function limited(share) {
  return Math.min(1, Math.max(0, share))
}
