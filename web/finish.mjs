// Last step of trunk's build, which makes of its output a folder that any static host can serve:
//
// - Styles and scripts lose their comments and spaces.
// - The worker's files get names with their content's hash, as trunk gives all others. Without it a visitor could get a
//   new page together with an old worker from the browser's cache.
// - The texts of each language but English become a file, which the page fetches in that language.
// - The page gets a card for links to it, and each lesson a small page with its own.
// - The document of a saved result becomes one file that loads nothing.
// - Bundles are checked, and what the page would never fetch is left out.
// - The service worker gets the list of what it keeps, and a version.

import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { LESSON_SCRIPT, lessonPage, siteOf, withCard } from './previews.mjs'
import { integrityOf, serviceWorker, versionOf, withVersion } from './service-worker/build.mjs'

const folder = process.env.TRUNK_STAGING_DIR
if (!folder) throw new Error('run by trunk as a post_build hook')
const path = (name) => join(folder, name)
// Of the viewer's build.
const { transform } = createRequire(new URL('viewer/package.json', import.meta.url))('esbuild')
const minified = async (text, loader) => (await transform(text, { loader, minify: true })).code

await minifyNamedFiles()
await nameWorkerByContent()
await writeLanguages()
await writeResult()
await writePreviews()
await finishBundles()
await writeServiceWorker()
// GitHub would otherwise pass a pushed branch through Jekyll.
await writeFile(path('.nojekyll'), '')

/** Styles and the program's script, under names by their new content; the page's checksums of them follow. */
async function minifyNamedFiles() {
  let page = await readFile(path('index.html'), 'utf8')
  for (const name of (await readdir(folder)).filter((name) => /^[a-z-]+-[0-9a-f]+\.(css|js)$/.test(name) && page.includes(`${name}"`))) {
    const text = await readFile(path(name), 'utf8')
    const shorter = await minified(text, extname(name).slice(1))
    const own = name.replace(/-[0-9a-f]+\./, `-${createHash('sha256').update(shorter).digest('hex').slice(0, 16)}.`)
    await rm(path(name))
    await writeFile(path(own), shorter)
    page = page.replaceAll(name, own).replaceAll(integrityOf(text, 'sha384'), integrityOf(shorter, 'sha384'))
  }
  for (const [, name, integrity] of page.matchAll(/(?:href|src)="(?:[^"]*\/)?([^"/]+)" integrity="([^"]+)"/g)) {
    const own = integrityOf(await readFile(path(name)), integrity.split('-')[0])
    if (own !== integrity) throw new Error(`finish.mjs: the checksum of ${name} is not where it was; trunk has changed`)
  }
  await writeFile(path('index.html'), page)
}

async function nameWorkerByContent() {
  const module = await readFile(path('worker_bg.wasm'))
  const glue = await minified(await readFile(path('worker.js'), 'utf8'), 'js')
  const hash = createHash('sha256').update(module).update(glue).digest('hex').slice(0, 16)
  const name = `worker-${hash}`

  await rename(path('worker_bg.wasm'), path(`${name}_bg.wasm`))
  await writeFile(path(`${name}.js`), replaced(glue, 'worker_bg.wasm', `${name}_bg.wasm`))
  const loader = await readFile(path('worker_loader.js'), 'utf8')
  await writeFile(path(`${name}_loader.js`), replaced(loader, './worker.js', `./${name}.js`))
  await rm(path('worker.js'))
  await rm(path('worker_loader.js'))
  const page = await readFile(path('index.html'), 'utf8')
  await writeFile(path('index.html'), replaced(page, 'worker_loader.js', `${name}_loader.js`))
}

/** A file of each language's texts, named by its content in the head of the page; and what is said without JavaScript. */
async function writeLanguages() {
  const folder = new URL('languages/', import.meta.url)
  const read = async (name) => JSON.parse(await readFile(new URL(name, folder), 'utf8'))
  // As web/build.rs has it: a language is a file of its code, and English is part of the program.
  const codes = (await readdir(folder)).flatMap((name) => name.match(/^([a-z]+)\.json$/)?.[1] ?? []).sort()
  const metas = []
  const withoutProgram = []
  const tooOld = []
  await mkdir(path('languages'))
  for (const code of codes) {
    const texts = await read(`${code}.json`)
    withoutProgram.push(`<span lang="${texts['language.tag']}">${texts.noscript}</span>`)
    tooOld.push(`<span lang="${texts['language.tag']}">${texts.old_browser}</span>`)
    if (code === 'en') {
      metas.push(`<meta name="agelens-language" content="${code}" />`)
      continue
    }
    const [said, errors, regions, lessons] = await Promise.all(['said', 'errors', 'regions', 'lessons'].map((kind) => read(`${kind}.${code}.json`)))
    const file = JSON.stringify({ texts, said, errors, regions, lessons })
    const name = `languages/${code}-${createHash('sha256').update(file).digest('hex').slice(0, 16)}.json`
    await writeFile(path(name), file)
    metas.push(`<meta name="agelens-language" content="${code}" data-texts="${name}" />`)
  }
  const page = await readFile(path('index.html'), 'utf8')
  const named = replaced(page, '</head>', `  ${metas.join('\n    ')}\n  </head>`)
  const told = replaced(named, '<noscript><p class="alert">', `<noscript><p class="alert">${withoutProgram.join(' / ')}`)
  // In all languages: the program, which knows the visitor's, may not start there.
  await writeFile(path('index.html'), replaced(told, 'id="old-browser" hidden>', `id="old-browser" hidden>${tooOld.join(' / ')}`))
}

/** The document of a saved result with its style and script in it, of which its policy names the hashes: nothing else in it can run. */
async function writeResult() {
  const read = (name) => readFile(new URL(name, import.meta.url), 'utf8')
  const [document, style, script] = await Promise.all(['../static/result.html', 'viewer/dist/result-style.css', 'viewer/dist/result.js'].map(read))
  if (/<\/|[«»]/.test(style + script)) throw new Error('finish.mjs: style or script of static/result.html would end too early. Write it without </, « and ».')
  const steps = [
    ["'STYLE'", `'${integrityOf(style)}'`],
    ["'SCRIPT'", `'${integrityOf(script)}'`],
    ['<link rel="stylesheet" href="styles/result.css" />', `<style>${style}</style>`],
    ['<script src="result.js"></script>', `<script>${script}</script>`]
  ]
  const plain = document.replace(/\n *<!--.*?-->/s, '').replace(/\n\s+/g, '\n')
  const whole = steps.reduce((text, [from, to]) => replaced(text, from, to), plain)
  const name = `result-${createHash('sha256').update(whole).digest('hex').slice(0, 16)}.html`
  await writeFile(path(name), whole)
  const page = await readFile(path('index.html'), 'utf8')
  await writeFile(path('index.html'), replaced(page, 'content="result.html"', `content="${name}"`))
}

async function writePreviews() {
  const site = siteOf(process.env.TRUNK_PUBLIC_URL)
  const { lessons } = JSON.parse(await readFile(new URL('languages/lessons.en.json', import.meta.url), 'utf8'))
  const page = await readFile(path('index.html'), 'utf8')
  const description = page.match(/<meta name="description" content="([^"]+)"/)[1]
  await writeFile(path('index.html'), withCard(page, { title: 'AgeLens', description }, site))
  for (const lesson of lessons) {
    await mkdir(path(`lesson/${lesson.id}`), { recursive: true })
    await writeFile(path(`lesson/${lesson.id}/index.html`), lessonPage(lesson, site))
  }
  await writeFile(path('lesson/open.js'), LESSON_SCRIPT)
}

/** Keeps the bundles that models/index.json lists, whole and unharmed, and of them what their manifests name. */
async function finishBundles() {
  const listed = new Set((await json('models/index.json')).map(({ id }) => id))
  for (const id of listed) await finishBundle(`models/${id}`)
  for (const entry of await readdir(path('models'), { withFileTypes: true })) {
    if (!entry.isDirectory() || listed.has(entry.name)) continue
    console.warn(`models/${entry.name}: left out, as models/index.json does not list it`)
    await rm(path(`models/${entry.name}`), { recursive: true })
  }
}

async function finishBundle(bundle) {
  const { files } = await json(`${bundle}/manifest.json`)
  for (const file of Object.values(files)) {
    const name = `${bundle}/${file.path}`
    const bytes = await readFile(path(name)).catch(() => fail(name, 'is missing', 'Copy the whole folder of the bundle'))
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    if (sha256 !== file.sha256) fail(name, 'is not the file that the manifest names', 'Export or copy the bundle again')
  }
  const named = new Set(Object.values(files).map((file) => file.path).concat('manifest.json'))
  for (const name of await filesIn(bundle)) {
    if (!named.has(name) && !isNotice(name)) await rm(path(`${bundle}/${name}`))
  }
}

async function writeServiceWorker() {
  const source = await minified(await readFile(new URL('service-worker/sw.js', import.meta.url), 'utf8'), 'js')
  const names = await filesIn('.')
  const code = await contents(names.filter(isCode))
  const data = await contents(names.filter((name) => /^(template|atlas)\/.*\.(gz|tsv)$/.test(name) || /^dicom\/.*\.(js|wasm)$/.test(name)))
  const version = versionOf({ ...code, ...data }, source)
  code['index.html'] = Buffer.from(withVersion(code['index.html'].toString(), version))
  await writeFile(path('index.html'), code['index.html'])
  await writeFile(path('sw.js'), serviceWorker(version, code, data, source))
}

/** Code, and what lies beside the page; not what only some visitors ever need. */
function isCode(name) {
  if (/^(dicom|teaching|lesson)\//.test(name)) return false
  if (name.startsWith('languages/')) return true
  return ['.js', '.wasm', '.css'].includes(extname(name)) || !name.includes('/')
}

async function contents(names) {
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(path(name))])))
}

function isNotice(name) {
  return /^(notice|licen[cs]e|readme)/i.test(name)
}

/** Paths of the files in a folder and below it. */
async function filesIn(name) {
  const paths = await readdir(path(name), { recursive: true })
  const isFile = await Promise.all(paths.map(async (inner) => (await stat(join(path(name), inner))).isFile()))
  return paths.filter((_, index) => isFile[index])
}

async function json(name) {
  const text = await readFile(path(name), 'utf8').catch(() => fail(name, 'is missing', 'See docs/publishing.md'))
  try {
    return JSON.parse(text)
  } catch (error) {
    return fail(name, `is not JSON (${error.message})`, 'Mend it')
  }
}

/** Replaces every `from`, of which there must be one. */
function replaced(text, from, to) {
  if (!text.includes(from)) throw new Error(`finish.mjs: ${from} is not where it was; trunk or wasm-bindgen has changed`)
  return text.replaceAll(from, () => to)
}

function fail(name, reason, remedy) {
  throw new Error(`static/${name}: ${reason}. ${remedy}.`)
}
