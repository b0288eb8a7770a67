// The built page's worker, driven as the page drives it (web/src/protocol.rs).

const DIRECTIONS = ['young_to_old', 'old_to_young']

export class Ours {
  /** `worker`: its address; `bundle`: folder of the bundle; `image`: address of what is explained; `backend`: webgpu or cpu. */
  constructor(options) {
    this.options = options
    this.id = 0
    this.selfTest = undefined
    this.heard = () => {}
  }

  async start() {
    const { worker, bundle, image, backend } = this.options
    const [gm, manifest] = await Promise.all([image, `${bundle}manifest.json`].map(async (address) => (await fetch(address)).arrayBuffer()))
    this.image = gm
    this.worker = new Worker(worker, { type: 'module' })
    await new Promise((done, failed) => {
      this.worker.onerror = (event) => failed(new Error(event.message || 'the worker could not be loaded'))
      this.worker.onmessage = ({ data: [text] }) => this.heard(JSON.parse(text))
      this.heard = ({ ready }) => ready && done()
    })
    this.send({ begin: { site: new URL('.', worker).href, choice: backend } })
    this.send({ choose_bundle: { place: { site: bundle } } }, manifest)
  }

  /** Seconds of one round, and how far the answers in the self-test were from the native ones. */
  async round() {
    let seconds = 0
    for (const direction of DIRECTIONS) seconds += await this.explain(direction)
    return { seconds, difference: this.selfTest.max_abs_difference }
  }

  explain(direction) {
    const id = ++this.id
    return new Promise((done, failed) => {
      this.worker.onerror = (event) => failed(new Error(event.message || 'the worker broke'))
      this.heard = ({ self_test, result, failure, crashed }) => {
        if (self_test) this.selfTest = self_test
        if (failure || crashed) failed(new Error(JSON.stringify(failure?.error ?? crashed.reason)))
        if (result?.id !== id) return
        // The page may fall back to the CPU; a measurement may not.
        if (result.backend !== this.options.backend) failed(new Error(`computed on ${result.backend} instead`))
        done(result.seconds)
      }
      const explain = { id, name: 'reference_input.nii.gz', has_image: false, glances: false, aim: { group: direction } }
      this.send({ explain }, this.image.slice(0))
    })
  }

  send(request, ...buffers) {
    this.worker.postMessage([JSON.stringify(request), ...buffers], buffers)
  }
}
