#!/usr/bin/env node
// How long the page's networks take beside the same networks in ONNX Runtime Web, in one Chromium; README.md says how.
//
// Exit codes: 0 measured, 1 something could not be measured, 2 wrong usage or something is missing.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'
import { serve } from './server.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const repository = join(here, '../..')
const runtime = join(here, 'node_modules/onnxruntime-web')

/** ONNX Runtime Web has several builds; the fastest one counts. */
const CONTESTS = {
  webgpu: [
    { name: 'WebGPU provider', build: 'ort.webgpu.bundle.min.mjs', provider: 'webgpu', threads: 1 },
    { name: 'WebGPU provider, JSPI', build: 'ort.jspi.bundle.min.mjs', provider: 'webgpu', threads: 1 },
    { name: 'WebGPU in JavaScript (JSEP)', build: 'ort.all.bundle.min.mjs', provider: 'webgpu', threads: 1 }
  ],
  cpu: [{ name: 'wasm SIMD, 1 thread', build: 'ort.wasm.bundle.min.mjs', provider: 'wasm', threads: 1 }],
  threads: [{ name: 'wasm SIMD, 2 threads', build: 'ort.wasm.bundle.min.mjs', provider: 'wasm', threads: 2 }]
}

/** Flags of tests/browser/support/site.mjs; the adapter is Chromium's own software, or what the machine has. */
const flags = (adapter) => [
  '--headless=new',
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  ...(adapter === 'swiftshader' ? ['--use-webgpu-adapter=swiftshader'] : ['--enable-features=Vulkan', '--use-angle=vulkan']),
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run'
]

/** Something is missing or asked for wrongly. */
class UsageError extends Error {}

function settings() {
  const { values } = parseArgs({
    options: {
      bundles: { type: 'string', default: 'phantom-small' },
      contests: { type: 'string', default: Object.keys(CONTESTS).join(',') },
      rounds: { type: 'string', default: '7' },
      adapter: { type: 'string', default: 'swiftshader' },
      site: { type: 'string', default: join(repository, 'dist') },
      onnx: { type: 'string', default: join(repository, 'runs/onnx') },
      'theirs-only': { type: 'boolean', default: false },
      out: { type: 'string' }
    }
  })
  const contests = values.contests.split(',')
  const rounds = Number(values.rounds)
  if (contests.some((name) => !CONTESTS[name])) throw new UsageError(`--contests: of ${Object.keys(CONTESTS)}`)
  if (!Number.isInteger(rounds) || rounds < 1) throw new UsageError('--rounds: a number from 1 on')
  if (!['swiftshader', 'machine'].includes(values.adapter)) throw new UsageError('--adapter: swiftshader or machine')
  if (!existsSync(runtime)) throw new UsageError(`${runtime} is missing: npm ci --prefix benches/browser`)
  const bundles = values.bundles.split(',')
  for (const bundle of bundles) checkBundle(bundle, values)
  const loader = values['theirs-only'] ? '' : readdirSync(values.site).find((name) => /^worker-.*_loader\.js$/.test(name))
  if (loader === undefined) throw new UsageError(`${values.site} holds no worker: make site`)
  return { ...values, contests, rounds, bundles, loader }
}

/** Both sides must have the same bundle. */
function checkBundle(bundle, { onnx, site, 'theirs-only': theirsOnly }) {
  const path = join(onnx, bundle, 'expected.json')
  if (!existsSync(path)) throw new UsageError(`${path} is missing: run to_onnx.py`)
  if (theirsOnly) return
  const manifest = join(site, 'models', bundle, 'manifest.json')
  if (!existsSync(manifest)) throw new UsageError(`${manifest} is missing: make site`)
  const found = createHash('sha256').update(readFileSync(manifest)).digest('hex')
  if (found !== JSON.parse(readFileSync(path)).manifest_sha256) {
    throw new UsageError(`${manifest} is not what ${path} was made from: run to_onnx.py and make site again`)
  }
}

/** Chromium, its WebGPU adapter, and a way to a fresh page of the site. */
async function open(chosen) {
  const executablePath = execFileSync(join(repository, 'scripts/chromium.sh'), { encoding: 'utf8' }).trim()
  if (!executablePath) throw new UsageError('no Chromium: install it, or set CHROMIUM')
  const { url, close } = await serve({
    '/site/': resolve(chosen.site),
    '/onnx/': resolve(chosen.onnx),
    '/ort/': join(runtime, 'dist'),
    '/': join(here, 'page')
  })
  // Playwright's own headless mode is a browser without WebGPU, so the flag is given here instead.
  const browser = await chromium.launch({ executablePath, headless: false, args: flags(chosen.adapter) })
  const newPage = async (root = `${url}/`) => {
    const page = await browser.newPage()
    page.on('console', (message) => message.type() === 'error' && console.error(`  console: ${message.text()}`))
    await page.goto(`${root}bench.html`)
    await page.waitForFunction(() => window.bench)
    return page
  }
  return { url, browser, newPage, end: () => browser.close().then(close) }
}

/**
 * One bundle on one kind of device: everybody starts; where they have several builds, each plays two warm rounds, and the one
 * with the fastest round goes on; then rounds in turn. Resolves to a result for each contestant.
 */
async function contest(kind, bundle, chosen, { url, newPage }) {
  const root = kind === 'threads' ? `${url}/isolated/` : `${url}/`
  const page = await newPage(root)
  const contestants = CONTESTS[kind].map(({ name, ...options }) => {
    return { name, kind: 'theirs', options: { ...options, models: `${root}onnx/${bundle}/` } }
  })
  if (chosen.loader) {
    const folder = `${root}site/models/${bundle}/`
    const { files } = JSON.parse(readFileSync(join(chosen.site, 'models', bundle, 'manifest.json')))
    const options = {
      worker: `${root}site/${chosen.loader}`,
      bundle: folder,
      image: folder + files.reference_input.path,
      backend: kind === 'webgpu' ? 'webgpu' : 'cpu'
    }
    contestants.unshift({ name: 'AgeLens', kind: 'ours', options })
  }
  const results = []
  for (const { name, kind: side, options } of contestants) {
    const result = { bundle, contest: kind, name, side, seconds: [], difference: 0, error: undefined }
    results.push(result)
    try {
      const first = await page.evaluate((all) => window.bench.start(...all), [name, side, options])
      Object.assign(result, { first_round_s: first.seconds, first_total_s: first.total_s, difference: first.difference })
    } catch (error) {
      result.error = error.message.replace(/^page.evaluate: (Error: )?/, '').split('\n')[0]
    }
    console.error(`  ${bundle} ${kind} ${name}: ${result.error ?? `first answer after ${result.first_total_s.toFixed(1)} s`}`)
  }
  const roundOf = async (result) => {
    const { seconds, difference } = await page.evaluate((name) => window.bench.round(name), result.name)
    result.difference = Math.max(result.difference, difference)
    return seconds
  }
  const working = results.filter(({ error }) => !error)
  const theirs = working.filter(({ side }) => side === 'theirs')
  for (let trial = 0; trial < 2 && theirs.length > 1; trial++) {
    for (const result of theirs) result.trial_s = Math.min(result.trial_s ?? Infinity, await roundOf(result))
  }
  const fastest = theirs.sort((one, other) => one.trial_s - other.trial_s)[0]
  const inTurn = working.filter((result) => result.side === 'ours' || result === fastest)
  for (let round = 0; round < chosen.rounds; round++) {
    for (const result of inTurn) result.seconds.push(await roundOf(result))
  }
  await page.close()
  for (const result of inTurn) result.median_s = median(result.seconds)
  return results
}

/** The value below which this share of the values lies. */
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  const place = share * (sorted.length - 1)
  const below = Math.floor(place)
  return sorted[below] + (place - below) * (sorted[Math.ceil(place)] - sorted[below])
}

const median = (values) => quantile(values, 0.5)

/** Both sides' results, undefined where one is missing, and the rounds' ratios. */
function compare(results) {
  const [ours, theirs] = ['ours', 'theirs'].map((side) => results.find((result) => result.side === side && result.median_s))
  const ratios = ours && theirs ? ours.seconds.map((seconds, round) => seconds / theirs.seconds[round]) : []
  return { ours, theirs, ratios }
}

function table(contests) {
  const sides = ['round, s', 'AgeLens round, s', 'ratio (middle half)', 'first answer, s', 'AgeLens first answer, s']
  const lines = [`| bundle | device | ONNX Runtime Web | ${sides.join(' | ')} |`, `|${' --- |'.repeat(8)}`]
  for (const { bundle, kind, results } of contests) {
    const { ours, theirs, ratios } = compare(results)
    const seconds = (value, digits = 3) => value?.toFixed(digits) ?? '–'
    const [low, ratio, high] = [0.25, 0.5, 0.75].map((share) => quantile(ratios, share).toFixed(2))
    const cells = [bundle, kind === 'webgpu' ? 'WebGPU' : 'CPU', theirs?.name ?? 'none works']
    cells.push(seconds(theirs?.median_s), seconds(ours?.median_s))
    cells.push(ratios.length ? `**${ratio}** (${low}–${high})` : '–')
    cells.push(seconds(theirs?.first_total_s, 1), seconds(ours?.first_total_s, 1))
    lines.push(`| ${cells.join(' | ')} |`)
  }
  return lines.join('\n')
}

async function main() {
  const chosen = settings()
  const session = await open(chosen)
  const contests = []
  let machine
  try {
    const page = await session.newPage()
    const { version } = JSON.parse(readFileSync(join(runtime, 'package.json')))
    machine = {
      processor: cpus()[0].model,
      cores: cpus().length,
      chromium: session.browser.version(),
      onnxruntime_web: version,
      adapter: await page.evaluate(() => window.bench.adapter()),
      load_before: loadavg()[0]
    }
    await page.close()
    for (const bundle of chosen.bundles) {
      for (const kind of chosen.contests) {
        contests.push({ bundle, kind, results: await contest(kind, bundle, chosen, session) })
      }
    }
    machine.load_after = loadavg()[0]
  } finally {
    await session.end()
  }
  const { processor, cores, chromium: version, onnxruntime_web: runtimeVersion, adapter, load_before, load_after } = machine
  const load = `load ${load_before.toFixed(1)} before, ${load_after.toFixed(1)} after`
  console.log(`${processor} (${cores} cores), Chromium ${version}, ONNX Runtime Web ${runtimeVersion},`)
  console.log(`WebGPU adapter: ${adapter}; median of ${chosen.rounds} rounds in turn; ${load}\n`)
  console.log(table(contests))
  if (chosen.out) writeFileSync(chosen.out, JSON.stringify({ machine, rounds: chosen.rounds, contests }, null, 1) + '\n')
  const isMissing = (results) => !compare(results).theirs || (chosen.loader && !compare(results).ours)
  return contests.some(({ results }) => isMissing(results)) ? 1 : 0
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(`measure.mjs: ${error.message}`)
  process.exitCode = error instanceof UsageError || error.code?.startsWith?.('ERR_PARSE_ARGS') ? 2 : 1
}
