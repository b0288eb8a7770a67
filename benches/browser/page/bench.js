// The page that holds both contestants, each in a worker of its own, and lets one at a time work. measure.mjs calls it.
//
// A round is the same for both: explain one image in both directions, that is classify, translate, classify again, twice.

import { Ours } from './ours.js'

const contestants = {}

/** ONNX Runtime Web in its worker (theirs.js). */
class Theirs {
  constructor(options) {
    this.options = options
    this.worker = new Worker('theirs.js', { type: 'module' })
  }

  start() {
    return this.ask(this.options)
  }

  /** Seconds of one round, and how far its answers are from the native ones. */
  round() {
    return this.ask('round')
  }

  ask(message) {
    return new Promise((done, failed) => {
      this.worker.onerror = (event) => failed(new Error(event.message || 'the worker could not be loaded'))
      this.worker.onmessage = ({ data }) => (data.error ? failed(new Error(data.error)) : done(data.answer))
      this.worker.postMessage(message)
    })
  }
}

window.bench = {
  /** Starts a contestant and lets it work once. Resolves to its first round, `total_s` being all from nothing to its end. */
  async start(name, kind, options) {
    const began = performance.now()
    contestants[name] = kind === 'ours' ? new Ours(options) : new Theirs(options)
    await contestants[name].start()
    const first = await contestants[name].round()
    return { ...first, total_s: (performance.now() - began) / 1000 }
  },

  round: (name) => contestants[name].round(),

  /** What WebGPU computes on here, in the browser's words. */
  async adapter() {
    const info = (await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' }))?.info
    return info ? [info.vendor, info.architecture, info.description].filter(Boolean).join(', ') : 'none'
  }
}
