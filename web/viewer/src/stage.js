// A canvas whose NiiVue instance exists only once it is needed: a hidden canvas costs nothing, and one that lost its
// graphics device gets a new instance when the device comes back.

export class Stage {
  /** Present while the canvas can be drawn on. */
  niivue = null
  onMove = () => {}
  onLost = () => {}
  onRestored = () => {}
  /** What was read, by file. */
  images = new Map()
  #content = null
  #stale = false
  #busy = null
  #lost = false
  #restoring = false
  #frame = 0
  #failed = false

  constructor(canvas) {
    this.canvas = canvas
    this.screen = canvas.parentElement
    canvas.addEventListener('webglcontextlost', (event) => this.#lose(event))
    canvas.addEventListener('webglcontextrestored', () => this.#restore().catch(reportError))
    new ResizeObserver(() => this.#onResize()).observe(canvas)
  }

  // --- What a kind of stage brings ---

  /** Resolves to a NiiVue instance on the canvas. */
  async attach() {}

  /** Loads what `content` needs; resolves to what `paint` takes. */
  async load() {}

  /** Puts it into the scene and draws it. */
  paint() {}

  /** Draws the scene again at once, so that the canvas can be copied in the same task. */
  redraw() {
    if (this.drawn) this.niivue.drawScene()
  }

  // --- What all kinds do ---

  get visible() {
    return this.canvas.clientWidth > 0 && this.canvas.clientHeight > 0
  }

  /** From the loss of the graphics device until the picture is there again. */
  get lost() {
    return this.#lost || this.#restoring
  }

  /** Whether there is a picture on the canvas. */
  get drawn() {
    return !this.#lost && this.niivue !== null && this.niivue.volumes.length > 0
  }

  get content() {
    return this.#content
  }

  /** Shows it now where the canvas is visible, else as soon as it is. Resolves when nothing more can be done now. */
  show(content) {
    this.#content = content
    this.#stale = true
    return this.update()
  }

  update() {
    if (!this.visible || this.#lost) return Promise.resolve()
    if (!this.#stale) return this.#busy ?? Promise.resolve()
    return this.#begin()
  }

  /** Nothing that was shown stays: no file, no image, no texture, no picture. What is being loaded is not drawn any more. */
  forget() {
    this.#content = null
    this.#stale = true
    this.images.clear()
    if (!this.niivue) return
    this.niivue.volumes = []
    this.release()
  }

  /** Gives the instance up, with its textures and its picture. */
  release() {
    const { niivue, canvas } = this
    this.niivue = null
    niivue.cleanup()
    for (const part of Object.values(niivue)) if (part instanceof WebGLTexture) niivue.gl.deleteTexture(part)
    // A size that is set empties a canvas, even where it stays the same.
    const { width } = canvas
    canvas.width = width
  }

  /** Makes the instance before there is anything to show, where the canvas is visible. */
  prepare() {
    return this.visible ? this.#begin() : Promise.resolve()
  }

  /** Before the next frame: many moves become one picture. */
  redrawSoon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0
      this.redraw()
    })
  }

  /** One at a time, so that quick changes end with the last one. */
  #begin() {
    this.#busy ??= Promise.resolve().then(() => this.#work())
    return this.#busy
  }

  /** A canvas that has become visible gets what waits for it; what failed is left to whoever asks for it again. */
  #onResize() {
    if (!this.#busy && !this.#failed) this.update().catch(reportError)
  }

  async #work() {
    this.#failed = false
    try {
      this.niivue ??= await this.attach()
      while (this.#stale) {
        this.#stale = false
        const content = this.#content
        if (!content) return
        // What was there before may have been forgotten.
        this.niivue ??= await this.attach()
        const loaded = await this.load(content)
        // A newer wish came in the meantime.
        if (this.#stale) continue
        this.paint(content, loaded)
      }
    } catch (error) {
      this.#stale = true
      this.#failed = !this.#lost
      // What fails because the device is gone is done again when it comes back.
      if (!this.#lost) throw error
    } finally {
      // At once: a wish that comes now must begin anew.
      this.#busy = null
    }
  }

  #lose(event) {
    // Without this the browser would not give the context back.
    event.preventDefault()
    this.#lost = true
    this.onLost()
  }

  async #restore() {
    await this.#busy
    // Everything on the device is gone: shaders, textures, buffers. The images in memory are not.
    this.niivue?.cleanup()
    this.niivue = null
    this.#lost = false
    this.#stale = this.#content !== null
    this.#restoring = true
    await this.update().finally(() => (this.#restoring = false))
    this.onRestored()
  }
}
