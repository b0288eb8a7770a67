// What nobody would do on purpose: two hundred actions at random, many before the page is done with the one before. After each,
// all that the page tells belongs to one case; and whenever it comes to rest, it can be used.
//
// AGELENS_WALK is the number of actions, AGELENS_WALK_SEED another walk.

import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { codes, texts } from './support/languages.mjs'
import { fragmentOf, save } from './support/looking.mjs'
import { LOST, OneCase } from './support/one-case.mjs'
import { bundleName, launch, open } from './support/site.mjs'
import { chance, lookAt, ownFiles, PASTED, readBundles, untilRest, watchViewer } from './support/walk.mjs'

const ACTIONS = Number(process.env.AGELENS_WALK ?? 200)
const SEED = Number(process.env.AGELENS_WALK_SEED ?? 1)
/** Time for an action with all that follows, on a machine that does much else. */
const LIMIT_MS = 10_000

/** Weights of models: the quick ones mostly. */
const BUNDLES = [[5, bundleName], [3, 'phantom'], [1, 'oasis1-slab']]
/** Originals of samples, by bundle and place: some fit all models, some only their own. */
const ORIGINALS = [[bundleName, 0], [bundleName, 1], [bundleName, 4], ['phantom', 1], ['phantom', 2], ['oasis1-slab', 0]]
/** Weights of files of one's own: these originals, and one that is broken. */
const OWN = [3, 3, 3, 3, 3, 1, 2].map((weight, index) => [weight, index])
/** Fewer than files, so that two people have one name. */
const NAMES = ['my-anat.nii.gz', 'my-scan.nii.gz']
/** What visitors like to do next: weights of at once, of when the page has come to rest, and of something else. */
const HABITS = {
  file: [[5, 'compute'], [5]],
  own: [[4, 'compute'], [6]],
  cancel: [[4, 'compute'], [6]],
  compute: [[2, 'cancel'], [2, 'checks', 'after rest'], [1, 'inside', 'after rest'], [5]]
}
const DIRECTIONS = ['auto', 'young_to_old', 'old_to_young']
/** Time for the address to follow: many times what it takes. */
const ADDRESS_LIMIT_MS = 4000
const EXPORT_SHARE = 0.3
/** In 200 actions at least so many, whatever the seed: a walk with fewer has seen nothing. */
const AT_LEAST = {
  ...{ rests: 50, stale: 40, fromFile: 60, checks: 2, inside: 2, files: 8, computed: 8, own: 1, repeated: 1, exports: 10, links: 50 },
  ...{ cancels: 2, losses: 2, offline: 1, forgets: 1, stops: 1, kept: 1 }
}

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

/** Chooses the `count`-th of the options of a list that are not chosen but `allowed`; resolves to it and the model card of that moment. */
const chooseOther = (page, id, count, allowed = undefined) =>
  page.evaluate(
    ([id, count, allowed]) => {
      const [list, card] = [document.getElementById(id), document.getElementById('card-rows').textContent]
      const others = [...list.options].filter(({ selected, value }) => !selected && (!allowed || allowed.includes(value)))
      if (others.length === 0) return { card, value: null }
      list.value = others[count % others.length].value
      const { value } = list
      for (const kind of ['input', 'change']) list.dispatchEvent(new Event(kind, { bubbles: true }))
      return { card, value }
    },
    [id, count, allowed]
  )

class Walk {
  #site
  #page
  #random = chance(SEED)
  #bundles = readBundles(BUNDLES.map(([, id]) => id))
  #files = ownFiles(this.#bundles, ORIGINALS)
  #case = new OneCase(this.#bundles, this.#files)
  #isOffline = false
  /** The network was away since the page told of no error. */
  #isShaken = false
  /** What is done next out of habit. */
  #next
  #log = []
  counts = { cancels: 0, losses: 0, offline: 0, forgets: 0 }

  constructor(site) {
    this.#site = site
    this.#page = site.page
  }

  /** Weight, share that is followed by rest, and the action, which tells what it did. */
  #actions() {
    const { below, pick, weighted } = this.#random
    const bundle = () => weighted(BUNDLES)
    return {
      image: [14, 0.4, () => this.#chooseImage(below(1000))],
      file: [14, 0.4, () => this.#chooseFile(this.#files[weighted(OWN)], pick(NAMES), below(3) === 0)],
      own: [8, 0.4, () => this.#chooseImage(0, ['own'])],
      forget: [4, 0.5, () => this.#forget()],
      compute: [22, 0.6, () => this.#compute(below(6) === 0)],
      result: [5, 0.2, () => this.#waitForResult()],
      cancel: [4, 0.4, () => this.#cancel()],
      bundle: [6, 0.5, () => this.#chooseBundle(bundle())],
      direction: [7, 0.2, () => this.#click(`input[name=direction][value=${pick(DIRECTIONS)}]`)],
      keep: [5, 0.5, () => this.#keep()],
      dial: [8, 0.4, () => this.#turnDial([below(101), below(101)])],
      language: [3, 0.5, () => this.#speak(pick(codes))],
      tab: [2, 0.5, () => this.#click(`#tab-${pick(['regions', 'cohort', 'checks', 'inside', 'card'])}`)],
      mode: [2, 0.5, () => this.#click(`input[name=mode][value=${pick(['side', 'compare', 'volume'])}]`)],
      threshold: [2, 0.5, () => this.#hideChanges(below(8) / 100)],
      checks: [4, 0.8, () => this.#click('#checks-run')],
      inside: [4, 0.8, () => this.#click('#inside-run')],
      link: [6, 0.5, () => this.#openLink(this.#bundles.get(bundle()), below(1000), pick([null, null, ...DIRECTIONS.slice(1)]))],
      engine: [3, 0.5, () => this.#loseEngine()],
      graphics: [2, 0.5, () => this.#loseGraphics(pick([0, 300]))],
      network: [this.#isOffline ? 40 : 3, 0.5, () => this.#setOffline(!this.#isOffline)]
    }
  }

  async run() {
    await this.#page.evaluate((files) => {
      for (const [content, text] of files) window.walk.files[content] = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
    }, this.#files.map(({ content, bytes }) => [content, bytes.toString('base64')]))
    try {
      await this.#rest()
      for (let index = 1; index <= ACTIONS; index += 1) await this.#step(index)
      if (this.#isOffline) await this.#setOffline(false)
      await this.#rest()
    } catch (error) {
      throw new Error(`seed ${SEED}, action ${this.#log.length}: ${error.message}\n${this.#log.join('\n')}`, { cause: error })
    }
    return { ...this.#case.counts, ...this.counts }
  }

  async #step(index) {
    const actions = this.#actions()
    const drawn = this.#random.weighted(Object.entries(actions).map(([name, [weight]]) => [weight, name]))
    const name = this.#next ?? drawn
    const [, restShare, act] = actions[name]
    const [, next, later] = this.#random.weighted((HABITS[name] ?? [[1]]).map((habit) => [habit[0], habit]))
    this.#next = next
    const isRest = next ? Boolean(later) : this.#random.happens(restShare)
    this.#log.push(`${index}. …`)
    if (this.#isOffline) this.#case.doubt()
    this.#log[index - 1] = `${index}. ${await act()}${isRest ? '' : ', and at once'}`
    await this.#check()
    if (isRest) await this.#rest()
  }

  async #check() {
    this.#case.check(await lookAt(this.#page))
    this.#checkSite()
  }

  #checkSite() {
    assert.deepEqual(this.#site.errors, [], 'errors that nobody caught')
    assert.deepEqual([this.#site.uploads, this.#site.offOrigin()], [[], []], 'something was sent')
  }

  /** Waits until nothing goes on, and looks at everything. */
  async #rest() {
    assert.ok(await untilRest(this.#page), 'the page does not come to rest')
    if (this.#isOffline) this.#case.doubt()
    const seen = await lookAt(this.#page)
    const isShown = this.#case.checkRest(seen)
    // What failed without a network is told until something else is opened.
    if (!this.#isShaken) this.#case.checkError(seen)
    this.#isShaken = this.#isOffline || (this.#isShaken && Boolean(seen.error))
    const wanted = this.#case.linkFor(seen, isShown)
    const late_ms = Date.now() + ADDRESS_LIMIT_MS
    const isThere = (address) => Object.entries(wanted).every(([key, value]) => address[key] === value)
    while (!isThere(await fragmentOf(this.#page)) && Date.now() < late_ms) await this.#page.waitForTimeout(50)
    this.#case.checkLink(await fragmentOf(this.#page), wanted)
    if (this.#random.happens(EXPORT_SHARE)) {
      const { bytes } = await save(this.#page, 'json')
      this.#case.checkExport(seen, JSON.parse(bytes))
    }
    this.#checkSite()
  }

  async #chooseImage(count, allowed = undefined) {
    const { card, value } = await chooseOther(this.#page, 'sample', count, allowed)
    const { id } = this.#case.listed({ card })
    if (value) this.#case.want({ bundle: id, image: value }, { isFetched: value !== 'own' })
    return `choose image ${value} of ${id}`
  }

  async #chooseBundle(id) {
    const { value } = await chooseOther(this.#page, 'bundle', 0, [id])
    if (value) this.#case.want({ bundle: value, image: '0' })
    return `choose model ${value}`
  }

  async #chooseFile({ content, bytes }, name, isDropped) {
    if (isDropped) {
      await this.#page.evaluate(
        ([content, name]) => {
          const dataTransfer = new DataTransfer()
          dataTransfer.items.add(new File([window.walk.files[content]], name))
          document.querySelector('#drop').dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
        },
        [content, name]
      )
    } else {
      await this.#page.getByTestId('file-input').setInputFiles({ name, mimeType: 'application/gzip', buffer: bytes })
    }
    // Whatever was being opened is dropped: the bundle stays.
    this.#case.choose(content, name, this.#case.listed(await lookAt(this.#page)).id)
    return `${isDropped ? 'drop' : 'choose'} ${content} as ${name}`
  }

  async #forget() {
    const hasOwn = await this.#page.evaluate(() => {
      const button = document.querySelector('#forget')
      const hasOwn = !button.hidden
      if (hasOwn) button.click()
      return hasOwn
    })
    if (!hasOwn) return 'forget nothing'
    this.counts.forgets += 1
    this.#case.forget()
    return 'forget the own image'
  }

  async #compute(isByKeyboard) {
    const asked = await this.#page.evaluate((isByKeyboard) => {
      const find = (selector) => document.querySelector(selector)
      const direction = find('input[name=direction]:checked')?.value ?? Number(find('#dial-age').value)
      const asked = { bundle: find('#bundle').value, image: find('#sample').value, direction, isButtonOn: !find('#explain').disabled }
      if (isByKeyboard) find('#bench').requestSubmit()
      else find('#explain').click()
      return asked
    }, isByKeyboard)
    const { bundle, image, direction, isButtonOn } = asked
    if (isButtonOn || isByKeyboard) this.#case.ask(bundle, image, direction)
    return `compute ${image} of ${bundle}, ${direction}, ${isByKeyboard ? 'by the keyboard' : 'by the button'}, which is ${isButtonOn ? 'on' : 'off'}`
  }

  /** Keeps what is shown for comparison, or lets go of what was kept. */
  async #keep() {
    const letGo = codes.map((code) => texts[code]['kept.let_go'])
    const found = await this.#page.evaluate(async (letGo) => {
      const button = document.querySelector('#keep')
      const isKept = letGo.includes(button.textContent)
      const { volumes, name, bundle } = window.agelens.lastResult() ?? {}
      if (button.disabled) return null
      button.click()
      if (isKept) return { isKept }
      const digest = async (file) => {
        const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', file.slice(new DataView(file).getFloat32(108, true))))
        return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
      }
      return { isKept, kept: { name, bundle, original: await digest(volumes.original), difference: await digest(volumes.difference) } }
    }, letGo)
    if (!found) return 'keep nothing'
    this.#case.keep(found.kept ?? null)
    return found.isKept ? 'let go of what was kept' : `keep ${found.kept.name} of ${found.kept.bundle}`
  }

  /** Drags the dial to two places, percent of its way. */
  async #turnDial(places) {
    const turned = await this.#page.evaluate((places) => {
      const find = (selector) => document.querySelector(selector)
      if (find('#dial').hidden) return null
      const dial = find('#dial-age')
      const asked = { bundle: find('#bundle').value, image: find('#sample').value, years: [] }
      for (const percent of places) {
        dial.valueAsNumber = Math.round(Number(dial.min) + ((Number(dial.max) - Number(dial.min)) * percent) / 100)
        asked.years.push(dial.valueAsNumber)
        dial.dispatchEvent(new Event('input', { bubbles: true }))
      }
      // It is let go.
      dial.dispatchEvent(new Event('change', { bubbles: true }))
      return asked
    }, places)
    if (!turned) return 'turn no dial'
    for (const years of turned.years) this.#case.ask(turned.bundle, turned.image, years)
    return `turn the dial of ${turned.image} of ${turned.bundle} to ${turned.years.join(' and ')}`
  }

  async #waitForResult() {
    await this.#page.waitForFunction(() => document.querySelector('#cancel').hidden, undefined, { timeout: 60_000 })
    return 'wait for the end of what is computed'
  }

  async #cancel() {
    const isRunning = await this.#page.evaluate(() => {
      const button = document.querySelector('#cancel')
      const isRunning = !button.hidden
      button.click()
      return isRunning
    })
    this.counts.cancels += Number(isRunning)
    this.#case.cancel()
    return `cancel ${isRunning ? 'what is computed' : 'nothing'}`
  }

  async #click(selector) {
    await this.#page.evaluate((selector) => document.querySelector(selector).click(), selector)
    return `click ${selector}`
  }

  async #speak(language) {
    await this.#page.getByTestId('language').selectOption(language)
    return `speak ${language}`
  }

  async #hideChanges(below) {
    await this.#page.evaluate((below) => {
      const slider = document.querySelector('#threshold')
      slider.valueAsNumber = below
      slider.dispatchEvent(new Event('input', { bubbles: true }))
    }, below)
    return `hide changes below ${below}`
  }

  async #openLink({ id, version, samples }, count, computed) {
    const index = count % samples.length
    const link = `v=1&bundle=${id}&hash=${version}&sample=${samples[index].id}${computed ? `&computed=${computed}` : ''}`
    this.#case.want({ bundle: id, image: String(index) })
    if (computed) this.#case.ask(id, String(index), computed)
    // The number makes it another address than the present one.
    await this.#page.evaluate((link) => (location.hash = link), link + PASTED + this.#log.length)
    return `open the link ${link}`
  }

  async #loseEngine() {
    const worker = this.#page.workers().at(-1)
    const isLost = await Promise.race([
      worker?.evaluate((reason) => void setTimeout(() => { throw new Error(reason) }), LOST).then(() => true, () => false),
      new Promise((done) => setTimeout(done, 5000, false))
    ])
    this.counts.losses += Number(Boolean(isLost))
    return isLost ? 'lose the engine' : 'lose no engine'
  }

  async #loseGraphics(wait_ms) {
    await this.#page.evaluate(async (wait_ms) => {
      const canvas = document.querySelector('.panel[data-map=original] canvas')
      const device = canvas.getContext('webgl2').getExtension('WEBGL_lose_context')
      if (!device) return
      const after = (wait_ms) => new Promise((done) => setTimeout(done, wait_ms))
      const isLost = new Promise((done) => canvas.addEventListener('webglcontextlost', done, { once: true }))
      device.loseContext()
      await Promise.race([isLost, after(2000)])
      await after(wait_ms)
      device.restoreContext()
    }, wait_ms)
    this.counts.losses += 1
    return `lose the graphics device for ${wait_ms} ms`
  }

  async #setOffline(isOffline) {
    this.#isOffline = isOffline
    this.#isShaken = true
    this.#case.doubt()
    await this.#site.setOffline(isOffline)
    this.counts.offline += Number(isOffline)
    return isOffline ? 'lose the network' : 'get the network back'
  }
}

it(`${ACTIONS} actions at random leave one case on the page`, { timeout: 60_000 + ACTIONS * LIMIT_MS }, async (test) => {
  const site = await open(browser, { query: `?bundle=${bundleName}&backend=cpu`, script: watchViewer })
  test.after(site.close)
  const counts = await new Walk(site).run()
  test.diagnostic(`seed ${SEED}: ${JSON.stringify(counts)}`)
  for (const [what, count] of Object.entries(AT_LEAST)) assert.ok(counts[what] >= Math.floor((count * ACTIONS) / 200), `${what}: only ${counts[what]}`)
})
