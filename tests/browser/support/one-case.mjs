// For the random walk: whether all that the page tells belongs to one case, and to one that was asked for.
//
// A case is an image, a model and a direction. The walk says what it does (`choose`, `ask`, `want`); then `check` judges
// any moment, and `checkRest` a page on which nothing goes on.

import assert from 'node:assert/strict'
import { texts } from './languages.mjs'
import { readable, saidIn, wordsOf } from './walk.mjs'

const AUTO = 'auto'
/** What the walk does to the engine on purpose. */
export const LOST = 'lost on purpose'

export class OneCase {
  #bundles
  /** Files that were chosen, in order; the last is the one that the page offers. */
  #choices = []
  /** Questions about images, each with its bundle and direction. */
  #asked = []
  /** Hashes of own images on the grids of bundles: known of a bundle's own, learned of the others'. */
  #originals = new Map()
  /** What was found, by case. */
  #found = new Map()
  /** What was asked to be opened last; null where it may have failed. */
  #wanted = null
  #isOpening = false
  #isCancelled = false
  #isForgotten = false
  /** The computed result that was shown last, so that it is counted once. */
  #last = ''
  #subjects = new Map()
  /** What the visitor keeps for comparison. */
  #kept = null
  /** Moments but for: files that were chosen; computed results, those of own images, and those that were known already; links, exports. */
  counts = { moments: 0, rests: 0, stale: 0, fromFile: 0, stops: 0, kept: 0, beside: 0, checks: 0, inside: 0, failures: 0, files: 0, computed: 0, own: 0, repeated: 0, exports: 0, links: 0 }

  constructor(bundles, files) {
    this.#bundles = bundles
    for (const { content, bundle, voxels } of files) if (bundle) this.#originals.set(`${content} on ${bundle}`, voxels)
  }

  /** A file of one's own was chosen while the page had `bundle` open. */
  choose(content, name, bundle) {
    this.counts.files += 1
    this.#isForgotten = false
    this.#choices.push({ serial: this.#choices.length, content, name })
    this.want({ bundle, image: 'own' }, { isFetched: false })
  }

  /** The button was pressed, or a link asks for a computed result. */
  ask(bundle, image, direction) {
    const subject = image === 'own' ? this.#choices.at(-1) : this.#sample(bundle, Number(image))
    if (subject) this.#asked.push({ subject, bundle, direction })
  }

  /** What is being computed is not wanted any more. */
  cancel() {
    this.#isCancelled = true
  }

  /** One's own image is to be forgotten: nothing of it may be shown from now on, unless it is chosen again. */
  forget() {
    this.cancel()
    if (this.#choices.some(({ name }) => name === this.#kept?.name)) this.#kept = null
    this.#wanted = null
    this.#isForgotten = true
  }

  /** Something is to be opened: a bundle and a sample's place in it, or one's own file. */
  want(wanted, { isFetched = true } = {}) {
    this.cancel()
    this.#wanted = wanted
    this.#isOpening ||= isFetched
  }

  /** What is shown was kept for comparison, with its name, bundle and hashes of original and difference; null: it was let go. */
  keep(kept) {
    this.#kept = kept
    this.counts.kept += Number(Boolean(kept))
  }

  /** Whatever lies beside is what was kept, by the same model. */
  #checkKept({ kept, result, language }) {
    if (!kept) return
    const wanted = this.#kept
    assert.ok(wanted, `${kept.title} was not kept`)
    assert.ok(kept.title.startsWith(saidIn(language, wanted.name)), `${kept.title}, and ${wanted.name} was kept`)
    const found = { ...wanted, bundle: result.bundle, original: kept.original, difference: kept.difference }
    assert.deepEqual(found, wanted, 'what lies beside is not what was kept')
    this.counts.beside += 1
  }

  /** Without a network, what is wanted may not come. */
  doubt() {
    this.#wanted = null
  }

  /** The bundle whose samples are listed: during a change it is not the one that is chosen. */
  listed({ card }) {
    return [...this.#bundles.values()].find(({ version }) => card.includes(version))
  }

  #sample(bundle, index) {
    const sample = this.#bundles.get(bundle)?.samples[index]
    if (sample && !this.#subjects.has(sample)) this.#subjects.set(sample, { sample, content: `the sample ${sample.id}`, name: sample.title })
    return this.#subjects.get(sample)
  }

  check(seen) {
    this.counts.moments += 1
    this.counts.stale += Number(seen.isStale)
    assert.ok(seen.result, 'a verdict is told, but there is no result')
    const { result, language } = seen
    this.#checkKept(seen)
    if (this.#isForgotten) {
      const isOfSample = this.#bundles.get(result.bundle)?.samples.some(({ title }) => title === result.name)
      assert.ok(isOfSample && seen.image !== 'own', `${result.name} was forgotten`)
    }
    const bundle = this.#bundles.get(result.bundle)
    assert.ok(bundle, `a result of the bundle ${result.bundle}`)
    assert.equal(result.version, bundle.version, 'version of the bundle')
    const wanted = wordsOf(language, result)
    const told = wanted.verdict.map((words, index) => words ?? seen.verdict[index])
    assert.ok(seen.verdict[1].includes(saidIn(language, result.name)), 'the words are of another image')
    // An image of one's own that is open is told of, while the maps of what was shown before fade.
    const own = seen.image === 'own' ? this.#choices.at(-1) : undefined
    const notYet = own && texts[language]['verdict.not_yet'].replace('{name}', own.name)
    if (seen.verdict[0] === notYet) {
      assert.ok(seen.isStale, 'what is shown is said to be not yet explained')
      told[0] = notYet
    }
    assert.deepEqual([seen.verdict, seen.odds, seen.way], [told, wanted.odds, wanted.way], 'the words are of another result')
    assert.ok(seen.isDrawn, 'other maps were drawn than those of the result')
    assert.equal(seen.titles[0], seen.titles[1], 'titles of the open model')
    assert.ok(this.listed(seen), 'the model card is of no bundle of the site')

    const subjects = result.source === 'precomputed' ? this.#precomputed(seen, bundle) : this.#computed(seen)
    const isShown = this.#isShown(seen, subjects)
    if (!isShown && !seen.isStale) {
      assert.ok(this.#isOpening, 'what is shown is not what is chosen, and does not fade')
      assert.ok(!seen.isButtonOn, 'something is being opened, and could be asked about')
    }
    if (seen.isButtonOn) this.#isOpening = false
    if (isShown && subjects.length === 1 && seen.isStale) assert.ok(!seen.isButtonOn, 'what is shown is what is chosen, and fades')

    assert.ok(!(seen.isRunning && seen.isButtonOn), 'the button is on during a computation')
    // What is not wanted any more may go on for a moment.
    if (!seen.isRunning) this.#isCancelled = false
    else if (!this.#isCancelled) assert.equal(seen.state, 'working', 'something is being computed, and the state says nothing of it')
    assert.equal(seen.broken, '', 'the page tells of an error that nobody expected')
    for (const key of ['notice.missing_sample', 'notice.missing_bundle']) assert.ok(!seen.notice.includes(texts[language][key]), seen.notice)
    const other = texts[language]['notice.other_model'].split(/\{.*?\}/)
    assert.ok(!other.every((part) => seen.notice.includes(part)), `the link was of this version: ${seen.notice}`)
    return isShown
  }

  /** A result that comes with a sample is to the bit what lies on the site. */
  #precomputed({ result, voxels }, { samples }) {
    this.counts.fromFile += 1
    this.#last = ''
    const sample = samples.find(({ title }) => title === result.name)
    assert.ok(sample, `${result.bundle} has no sample ${result.name}`)
    const { direction, probabilityOldBefore, probabilityOldAfter, targetYears } = result
    const stop = targetYears === null ? sample : sample.stops.find(({ years }) => years === targetYears)
    assert.ok(stop, `${sample.title} was not led to ${targetYears} years`)
    if (stop !== sample) {
      const distance = (years, other) => Math.abs(years - other)
      const isNear = ({ direction: years }) => sample.stops.every((other) => distance(years, targetYears) <= distance(years, other.years))
      const asked = this.#asked.filter((asked) => asked.subject.sample === sample && typeof asked.direction === 'number')
      assert.ok(asked.some(isNear), `nobody turned the dial of ${sample.title} near ${targetYears} years`)
      this.counts.stops += 1
    }
    const [before, after] = [sample.probability_old_before, stop.probability_old_after].map(Math.fround)
    assert.deepEqual([direction, probabilityOldBefore, probabilityOldAfter], [stop.direction, before, after], 'numbers of the sample')
    assert.deepEqual(voxels, stop.voxels, 'voxels of the sample')
    return [{ name: sample.title, sample }]
  }

  /** A computed result belongs to a question, and is always the same for it. Returns the images whose it may be. */
  #computed(seen) {
    const { result, voxels } = seen
    const judged = result.probabilityOldBefore < 0.5 ? 'young_to_old' : 'old_to_young'
    const towards = ({ subject, direction }) => (direction === AUTO ? (subject.sample?.direction ?? judged) : direction)
    const isTowards = (asked) => (typeof asked.direction === 'number' ? asked.direction === result.targetYears : result.targetYears === null && towards(asked) === result.direction)
    const isOf = (asked) => asked.bundle === result.bundle && asked.subject.name === result.name && isTowards(asked)
    const asked = this.#asked.filter(isOf).map(({ subject }) => subject)
    assert.ok(asked.length > 0, `nobody asked for ${result.name} by ${result.bundle}, ${result.direction}`)
    const place = (content) => `${content} on ${result.bundle}`
    const original = ({ sample, content }) => sample?.voxels.original ?? this.#originals.get(place(content))
    const known = asked.filter((subject) => original(subject) === voxels.original)
    const others = [...this.#originals].filter(([key, hash]) => hash === voxels.original && key.endsWith(` on ${result.bundle}`))
    const unknown = others.length > 0 ? [] : asked.filter((subject) => original(subject) === undefined)
    const subjects = [...new Set(known.length > 0 ? known : unknown)]
    assert.ok(subjects.length > 0, `the original is not that of ${result.name}, but ${others.map(([key]) => key)}`)
    const contents = [...new Set(subjects.map(({ content }) => content))]
    if (contents.length > 1) return subjects
    if (!subjects[0].sample) this.#originals.set(place(contents[0]), voxels.original)
    this.#remember(`${place(contents[0])}, ${result.targetYears ?? result.direction}`, seen, Boolean(subjects[0].sample))
    return subjects
  }

  #remember(key, { result, voxels, language, regions, checks, inside }, isSample) {
    const same = (what, value) => {
      if (this.#found.has(what)) assert.deepEqual(value, this.#found.get(what), `${what}: is another than before`)
      this.#found.set(what, value)
    }
    const isKnown = this.#found.has(key)
    const { backend, probabilityOldBefore, probabilityOldAfter } = result
    same(key, { voxels, backend, probabilityOldBefore, probabilityOldAfter })
    // Without a network, or before the atlas is there, there are none.
    if (regions) same(`regions of ${key} (${language})`, regions)
    if (checks) same(`checks of ${key} (${language})`, checks)
    this.counts.checks += Number(Boolean(checks))
    if (inside) {
      const percent = Number(inside.match(/([\d.]+)%/)?.[1])
      assert.ok(Math.abs(percent - 100 * probabilityOldBefore) <= 0.15, `inside of ${key}: ${inside}; shown: ${probabilityOldBefore}`)
    }
    this.counts.inside += Number(Boolean(inside))
    if (this.#last === key) return
    this.#last = key
    this.counts.computed += 1
    this.counts.own += Number(!isSample)
    this.counts.repeated += Number(isKnown)
  }

  /** Whether what is shown is the image and the bundle that the lists have. */
  #isShown({ result, bundle, image }, subjects) {
    if (result.bundle !== bundle) return false
    if (image === 'own') return subjects.includes(this.#choices.at(-1))
    return subjects.some(({ sample }) => sample && sample === this.#bundles.get(bundle).samples[Number(image)])
  }

  /** Nothing goes on: the page can be used, and what is chosen is what was wanted last. */
  checkRest(seen) {
    this.counts.rests += 1
    // Nothing is an excuse any more.
    this.#isOpening = false
    const isShown = this.check(seen)
    assert.ok(['ready', 'failed'].includes(seen.state), `the state is ${seen.state}`)
    assert.ok(!seen.isRunning, 'something is being computed')
    assert.ok(seen.isButtonOn, `the button is off: ${seen.error}`)
    assert.equal(this.listed(seen).id, seen.bundle, 'the list has another bundle than the model card')
    if (this.#wanted) {
      assert.deepEqual({ bundle: seen.bundle, image: seen.image }, this.#wanted, `something else is open than was wanted last (${seen.status} ${seen.error})`)
      if (seen.image !== 'own') assert.ok(isShown, 'the sample that was wanted is not shown')
    }
    this.#wanted = { bundle: seen.bundle, image: seen.image }
    const own = this.#choices.at(-1)
    if (seen.image === 'own') assert.equal(seen.imageText, own.name)
    for (const [map, value] of Object.entries(seen.values)) assert.equal(seen.readout[map], readable(value, map === 'difference'), `the readout of ${map}`)
    this.counts.failures += Number(Boolean(seen.error))
    return isShown
  }

  /** An error at rest has a reason that the walk knows: its own file was refused, or it broke the engine. */
  checkError({ error, language }) {
    const reasons = [LOST, texts[language]['error.checks_raw'], ...this.#choices.map(({ name }) => name)]
    if (error) assert.ok(reasons.some((reason) => error.includes(reason)), `an error without a reason: ${error}`)
  }

  /** The link in the address names what is chosen, and never a file. */
  linkFor(seen, isShown) {
    const { result, language, bundle, image, direction, mode, tab } = seen
    const { version, samples } = this.#bundles.get(bundle)
    const sample = image === 'own' ? undefined : samples[Number(image)]
    const isOther = result.targetYears !== null || result.direction !== sample?.direction
    const isComputed = isShown && sample && isOther
    // What is as it is at first stands not in it.
    const other = (value, first) => (value === first ? undefined : value)
    const subject = { sample: sample?.id, scan: sample ? undefined : 'own', computed: isComputed ? String(result.targetYears ?? result.direction) : undefined }
    return { bundle, hash: version, ...subject, lang: language, mode: other(mode, 'side'), tab: other(tab, 'regions'), ...this.#translate(direction) }
  }

  /** Where the dial was turned, no way is chosen, and which one was before is not seen. */
  #translate(direction) {
    return direction === undefined ? {} : { translate: direction === AUTO ? undefined : direction }
  }

  checkLink(address, wanted) {
    this.counts.links += 1
    const found = Object.fromEntries(Object.keys(wanted).map((key) => [key, address[key]]))
    assert.deepEqual(found, wanted, 'the link in the address')
    const text = JSON.stringify(address)
    for (const { name } of this.#choices) assert.ok(!text.includes(name.split('.')[0]), `the link names a file: ${text}`)
  }

  checkExport({ result }, { image, bundle, direction, ...json }) {
    this.counts.exports += 1
    const { name } = this.#bundles.get(result.bundle)
    const numbers = ['before', 'after'].map((when) => Math.fround(json[`probability_old_${result.isMean ? 'of_mean_' : ''}${when}`]))
    const wanted = [result.name, name, result.version, result.direction, result.probabilityOldBefore, result.probabilityOldAfter]
    assert.deepEqual([image, bundle.name, bundle.manifest_sha256_start, direction, ...numbers], wanted, 'what is saved is not what is shown')
  }
}
