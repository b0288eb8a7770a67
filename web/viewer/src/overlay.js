// What lies over a canvas as elements of the page: the letters of the planes and the crosshair. NiiVue's own crosshair
// has the thickness of so many millimetres, thick in one plane and gone in another; these lines are alike everywhere.

import { AXIAL, CORONAL } from './layout.js'

const SVG = 'http://www.w3.org/2000/svg'
export const CROSSHAIR_COLOUR = 'rgb(255 217 64)'
/** CSS pixels. */
export const CROSSHAIR_WIDTH = 1

export class Overlay {
  #svg = document.createElementNS(SVG, 'svg')
  #lines = []
  #letters = []

  /** @param {HTMLElement} screen the positioned element around the canvas */
  constructor(screen) {
    this.screen = screen
    this.#svg.setAttribute('class', 'crosshair')
    this.#svg.setAttribute('aria-hidden', 'true')
    const { style } = this.#svg
    style.position = 'absolute'
    style.inset = '0'
    style.width = style.height = '100%'
    style.pointerEvents = 'none'
    screen.append(this.#svg)
  }

  /** @param {[number, number, number, number][]} lines fractions of the screen */
  setCrosshair(lines) {
    while (this.#lines.length < lines.length) {
      const line = document.createElementNS(SVG, 'line')
      line.setAttribute('stroke', CROSSHAIR_COLOUR)
      line.setAttribute('stroke-width', String(CROSSHAIR_WIDTH))
      line.setAttribute('shape-rendering', 'crispEdges')
      this.#lines.push(line)
      this.#svg.append(line)
    }
    for (const line of this.#lines.splice(lines.length)) line.remove()
    for (const [index, ends] of lines.entries()) {
      for (const [end, name] of ['x1', 'y1', 'x2', 'y2'].entries()) this.#lines[index].setAttribute(name, `${ends[end] * 100}%`)
    }
  }

  /** @param {{plane: number, side: string, text: string, at: [number, number]}[]} letters */
  setLetters(letters) {
    for (const old of this.#letters) old.remove()
    this.#letters = letters.map(({ plane, side, text, at }) => {
      const letter = document.createElement('span')
      letter.className = 'edge'
      letter.dataset.side = side
      letter.dataset.plane = plane === AXIAL ? 'axial' : plane === CORONAL ? 'coronal' : 'sagittal'
      letter.textContent = text
      letter.ariaHidden = 'true'
      letter.style.left = `${at[0] * 100}%`
      letter.style.top = `${at[1] * 100}%`
      return letter
    })
    this.screen.append(...this.#letters)
  }
}
