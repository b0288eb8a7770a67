// For the random walk: chance that can be repeated, what lies on the site, and what stands on the page at one moment.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { said, texts } from './languages.mjs'
import { bundleFile, closeCall, manifest } from './native.mjs'
import { truncatedGzip } from './nifti.mjs'
import { dist } from './site.mjs'

/** So long a page at rest stays as it is, ms. */
const QUIET_MS = 200
/** The same where its button stays off, as after a failure. */
const QUIET_WITHOUT_BUTTON_MS = 1500
const REST_LIMIT_MS = 60_000
/** Stands in links that are pasted, until the page has opened them and writes its own. */
export const PASTED = '&pasted='
const CLOSE_CALL = closeCall()
const MAPS = ['original', 'translated', 'difference', 'cam']

/** Numbers that look like chance and are the same for the same seed (mulberry32). */
export function chance(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (count) => Math.floor(next() * count)
  const pick = (list) => list[below(list.length)]
  /** One of `[weight, value]`. */
  const weighted = (list) => {
    let left = next() * list.reduce((sum, [weight]) => sum + weight, 0)
    return list.find(([weight]) => (left -= weight) < 0)?.[1] ?? list.at(-1)[1]
  }
  return { next, below, pick, weighted, happens: (share) => next() < share }
}

/** The hash of an image's voxels, which are float32 and nothing else. */
function voxelsOf(gzipped) {
  const plain = gunzipSync(gzipped)
  if (plain.readInt16LE(70) !== 16) throw new Error('a sample is not float32')
  return createHash('sha256').update(plain.subarray(plain.readFloatLE(108))).digest('hex')
}

const hashOf = (floats) => createHash('sha256').update(new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength)).digest('hex')

/** Hashes of the maps of an age that a sample was led to beforehand: the change is kept in steps, the translation is not kept. */
function voxelsOfStop({ difference }, { original }, { original: hash, cam }, id) {
  const [kept, before] = [difference, original].map((role) => gunzipSync(readFileSync(bundleFile(role, id))))
  if (kept.readInt16LE(70) !== 4) throw new Error('a change is not int16')
  const [start, step, from] = [kept.readFloatLE(108), kept.readFloatLE(112), before.readFloatLE(108)]
  const change = Float32Array.from({ length: (kept.length - start) / 2 }, (_, index) => kept.readInt16LE(start + 2 * index) * step)
  const translated = change.map((value, index) => before.readFloatLE(from + 4 * index) + value)
  return { original: hash, translated: hashOf(translated), difference: hashOf(change), cam }
}

/** What the site's files say: of each bundle, its version, its name, and its samples with the hashes of their voxels. */
export function readBundles(ids) {
  const bundleOf = (id) => {
    const { name, samples } = manifest(id)
    const version = createHash('sha256').update(readFileSync(join(dist, 'models', id, 'manifest.json'))).digest('hex').slice(0, 8)
    const voxels = (sample) => Object.fromEntries(MAPS.map((map) => [map, voxelsOf(readFileSync(bundleFile(sample[map], id)))]))
    const withVoxels = (sample) => {
      const own = voxels(sample)
      const stops = (sample.stops ?? []).map((stop) => ({ ...stop, voxels: voxelsOfStop(stop, sample, own, id) }))
      return { ...sample, voxels: own, stops }
    }
    return { id, name, version, samples: samples.map(withVoxels) }
  }
  return new Map(ids.map((id) => [id, bundleOf(id)]))
}

/** Files of a visitor's own: originals of samples, by what they hold; and one that is broken. */
export function ownFiles(bundles, places) {
  const files = places.map(([bundle, index]) => {
    const { id, original, voxels } = bundles.get(bundle).samples[index]
    return { content: `${id} of ${bundle}`, bundle, voxels: voxels.original, bytes: readFileSync(bundleFile(original, bundle)) }
  })
  return [...files, { content: 'half a file', bundle: null, voxels: null, bytes: truncatedGzip(files[0].bytes) }]
}

/** Runs before the page's own scripts: `walk.drawn` is what the viewer was given last. */
export const watchViewer = () => {
  window.walk = { drawn: [], files: {} }
  let viewer
  Object.defineProperty(window, 'agelensViewer', {
    get: () => viewer,
    set(value) {
      const show = value.show.bind(value)
      viewer = value
      value.show = (files, ...rest) => {
        window.walk.drawn = files.slice()
        return show(files, ...rest)
      }
    }
  })
}

/** All that the page tells, at one moment: nothing of it is read after the first wait. */
export const lookAt = (page) =>
  page.evaluate(async (maps) => {
    const find = (selector) => document.querySelector(selector)
    const text = (selector) => find(selector).textContent
    const shownText = (selector) => (find(selector).hidden ? '' : text(selector))
    const { volumes, ...result } = window.agelens.lastResult() ?? {}
    const place = [0, 1, 2].map((axis) => find(`input[data-axis="${axis}"]`).valueAsNumber)
    const seen = {
      result: volumes ? result : null,
      state: window.agelens.state,
      // What it speaks: the list names a language already whose texts are still on their way.
      language: document.documentElement.lang.split('-')[0],
      bundle: find('#bundle').value,
      image: find('#sample').value,
      imageText: find('#sample').selectedOptions[0]?.textContent ?? '',
      card: text('#card-rows'),
      titles: [text('#bundle-title'), text('#card-title')],
      direction: find('input[name=direction]:checked')?.value,
      mode: find('input[name=mode]:checked').value,
      tab: find('[role=tab][aria-selected=true]').id.replace('tab-', ''),
      isStale: find('#maps').classList.contains('stale'),
      isButtonOn: !find('#explain').disabled,
      isRunning: !find('#cancel').hidden,
      verdict: [text('#verdict-title'), text('#verdict-detail')],
      odds: [text('#odds-before .odds-text'), text('#odds-after .odds-text')],
      // Of a blend, the heading says how much of it is shown.
      way: text('#translated-title').replace(/ · \d+%$/, ''),
      regions: text('#regions-rows'),
      checks: find('#checks-table').hidden ? '' : text('#checks-rows'),
      inside: find('#inside-steps').hidden ? '' : text('#inside-sum'),
      status: text('#status'),
      error: shownText('#error'),
      broken: shownText('#broken'),
      notice: shownText('#notice'),
      readout: Object.fromEntries(maps.map((map) => [map, text(`dd[data-value=${map}]`)])),
      values: {},
      voxels: {},
      isDrawn: Boolean(volumes),
      kept: find('.panel[data-map=kept]').hidden ? null : { title: text('#kept-title') }
    }
    const drawn = window.walk.drawn
    // What was read lies still from here on.
    const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
    const digest = async (bytes) => hex(await crypto.subtle.digest('SHA-256', bytes))
    for (const [index, map] of seen.kept ? [[5, 'original'], [6, 'difference']] : []) {
      const file = drawn[index]
      seen.kept[map] = file ? await digest(file.slice(new DataView(file.buffer, file.byteOffset).getFloat32(108, true))) : null
    }
    for (const [index, map] of volumes ? maps.entries() : []) {
      const header = new DataView(volumes[map])
      const [nx, ny] = [42, 44].map((at) => header.getInt16(at, true))
      const voxel = place.map((mm, axis) => Math.round((mm - header.getFloat32(292 + 16 * axis, true)) / header.getFloat32(280 + 20 * axis, true)))
      const start = header.getFloat32(108, true)
      seen.values[map] = header.getFloat32(start + 4 * (voxel[0] + nx * (voxel[1] + ny * voxel[2])), true)
      seen.voxels[map] = await digest(volumes[map].slice(start))
      seen.isDrawn &&= Boolean(drawn[index]) && (await digest(drawn[index])) === (await digest(volumes[map]))
    }
    return seen
  }, MAPS)

/** Waits until nothing is computed or opened any more; resolves to whether that comes. */
export const untilRest = (page) =>
  page.evaluate(
    async ([quiet_ms, quietWithoutButton_ms, limit_ms, graphics, pasted]) => {
      const find = (selector) => document.querySelector(selector)
      const started = performance.now()
      let [since, last] = [started, '']
      while (performance.now() - started < limit_ms) {
        await new Promise((next) => setTimeout(next, 40))
        const [isButtonOn, error] = [!find('#explain').disabled, find('#error').textContent]
        const isWorking = !find('#cancel').hidden || window.agelens.state === 'working' || (!isButtonOn && !error)
        const isBusy = isWorking || graphics.includes(error) || location.hash.includes(pasted)
        const now = [isButtonOn, error, find('#status').textContent, window.agelens.state].join('|')
        if (isBusy || now !== last) [since, last] = [performance.now(), now]
        if (performance.now() - since > (isButtonOn ? quiet_ms : quietWithoutButton_ms)) return true
      }
      return false
    },
    [QUIET_MS, QUIET_WITHOUT_BUTTON_MS, REST_LIMIT_MS, Object.values(texts).map((own) => own['error.graphics']), PASTED]
  )


const filled = (form, values) => form.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '')

/** A sample's title as the page says it. */
export function saidIn(tongue, title) {
  if (tongue === 'en') return title
  const plain = (value) => said[tongue][Object.keys(said.en).find((key) => said.en[key] === value)] ?? value
  for (const [key, form] of Object.entries(said.en).filter(([key]) => key.startsWith('sample.'))) {
    const found = title.match(new RegExp(`^${form.replace(/\{(\w+)\}/g, '(?<$1>.+?)')}$`))
    if (found) return filled(said[tongue][key], Object.fromEntries(Object.entries(found.groups).map(([name, value]) => [name, plain(value)])))
  }
  return title
}

const percent = (share) => (share < 0.01 ? '<\u202f1%' : share > 0.99 ? '>\u202f99%' : `${Math.fround(share * 100).toFixed(0)}%`)

/** What the page has to tell of a result. */
export function wordsOf(tongue, { name, direction, targetYears, isThere, isMean, isStrange, age, probabilityOldBefore: before, probabilityOldAfter: after }) {
  const say = (key, values = {}) => filled(texts[tongue][key], values)
  const [first, then] = [before, after].map((share) => (share < 0.5 ? 'young' : 'old'))
  const target = direction === 'young_to_old' ? 'old' : 'young'
  const meaning = isThere ? 'there' : first === target ? 'further' : then === target ? 'enough' : 'not_enough'
  const way = say(`direction.${direction}`)
  const group = (own) => say(`class.${own}`)
  const years = age ? whole(age.years) : ''
  const led = targetYears === null ? say(`target.${target}`) : say('target.years', { years: targetYears })
  const key = (own) => (age ? `${own}.age` : own)
  const detail = targetYears === null
    ? say('verdict.detail', { name: saidIn(tongue, name), direction: way })
    : say('verdict.detail.age', { name: saidIn(tongue, name), years: targetYears })
  const ledTo = targetYears === null ? say('panel.translated.way', { direction: way }) : say('panel.translated.age', { years: targetYears })
  // A mean of many is never judged.
  const mean = isMean && {
    verdict: [say(key('verdict.mean'), { name: saidIn(tongue, name), years, target: led }), detail],
    odds: ['', '']
  }
  const strange = isStrange && {
    // What is said below names a distance that only the page knows.
    verdict: [say('verdict.strange'), null],
    odds: [before, after].map((share) => say('verdict.odds.strange', { percent: percent(share) }))
  }
  // Too near to one half for a verdict on the image; its translation is judged all the same.
  const undecided = Math.abs(before - 0.5) < Math.fround(CLOSE_CALL)
  const interval = age ? [say('verdict.age', { from: whole(age.years - age.intervalYears), to: whole(age.years + age.intervalYears) })] : []
  const sentences = (...all) => all.reduce((so_far, next) => say('sentences', { first: so_far, next }))
  if (undecided && !isStrange && !isMean) {
    const why = say('verdict.undecided.detail', { from: percent(0.5 - CLOSE_CALL), to: percent(0.5 + CLOSE_CALL) })
    return {
      verdict: [
        say(key('verdict.undecided'), { years }),
        sentences(detail, why, ...(isThere ? [say('verdict.there')] : []), ...interval)
      ],
      odds: [say('verdict.odds.strange', { percent: percent(before) }), say('verdict.odds', { percent: percent(after), class: group(then) })],
      way: ledTo
    }
  }
  return {
    verdict: [
      say(key(first === then ? 'verdict.unchanged' : 'verdict.changed'), { first: group(first), then: group(then), years, target: led }),
      sentences(detail, say(`verdict.${meaning}`), ...interval)
    ],
    odds: [[before, first], [after, then]].map(([share, own]) => say('verdict.odds', { percent: percent(share), class: group(own) })),
    way: ledTo,
    ...strange,
    ...mean
  }
}

/** Years as the page has them: whole, never below 0. */
const whole = (years) => Math.max(years, 0).toFixed(0)

/** A number as the readout has it. */
export function readable(value, isSigned) {
  const text = value.toFixed(3)
  const digits = text.replace('-', '')
  if (Number(digits) === 0) return digits
  return value < 0 ? `−${digits}` : isSigned ? `+${digits}` : digits
}
