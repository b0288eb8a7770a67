// The service worker: keeps the page, and what it has shown, usable without a network.
//
// web/finish.mjs writes `const BUILD = { version, files, data }` before this text: `files` maps each file of the code to its
// SHA-256, `data` those of templates and atlas; `version` is a hash over them and over this file. What always holds:
// - A shell, the code of one version, is stored as a whole or not at all and never changed: versions do not mix.
// - What fails here, a full disk above all, costs the stored copy and never the answer from the network.
// - Only whole answers of this site are stored: status 200, not redirected, with the content that the name promises.

const SCOPE = self.registration.scope
const FOLDER = new URL(SCOPE).pathname
/** Caches belong to the origin, and other sites of this kind may lie in its other folders. */
const SHELL_PREFIX = `agelens ${FOLDER} shell `
const SHELL = SHELL_PREFIX + BUILD.version
/** Bundles, templates, the atlas: the same for all versions of the code. */
const DATA = `agelens ${FOLDER} data`
/** The page by its folder: some hosts redirect `index.html` there, and a redirected answer cannot open a page. */
const PAGE = './'

/** How long the network may take where a stored copy waits; less once it has been found dead. */
const PATIENCE_MS = 2500
const PATIENCE_WITH_DEAD_NETWORK_MS = 200

let patienceMs = PATIENCE_MS
let storageIsFull = false
let keeping = Promise.resolve()

self.addEventListener('install', (event) => event.waitUntil(install()))
self.addEventListener('activate', (event) => event.waitUntil(activate()))
self.addEventListener('fetch', onFetch)
self.addEventListener('message', onMessage)

const urlOf = (path) => new URL(path, SCOPE).href
const pathOf = (url) => new URL(url).pathname.slice(FOLDER.length)
const isOurs = (url) => url.startsWith(SCOPE)
const isPage = (path) => path === '' || path === 'index.html'
/** Code of another version too: its names carry their content's hash. What only some visitors need is kept once it was asked for. */
const isCode = (path) => path in BUILD.files || /^languages\//.test(path) || (/\.(js|wasm|css)$/.test(path) && !path.startsWith('dicom/'))
const isManifest = (path) => /^models\/[^/]+\/manifest\.json$/.test(path)
/** The first digits of the SHA-256 that a bundle's file carries in its name. */
const hashInName = (url) => pathOf(url).match(/\.([0-9a-f]{8})\.[^/]+$/)?.[1]
/** Whether this address means the same content for ever. */
const isLasting = (url) => Boolean(hashInName(url)) || new URL(url).searchParams.has('version')
const isWhole = (response) => response.status === 200 && response.type === 'basic' && !response.redirected

async function install() {
  const isNew = !(await caches.has(SHELL).catch(() => false))
  try {
    const shell = await caches.open(SHELL)
    for (const [path, integrity] of Object.entries(BUILD.files)) {
      // Asked for anew and checked: during an upload a server may hold files of two versions.
      const response = await fetch(urlOf(path), { cache: 'no-cache', integrity })
      if (!isWhole(response)) throw new Error(`${path}: the server answers ${response.status}`)
      await shell.put(urlOf(path), response)
    }
  } catch (error) {
    // One that is there already serves: a host may have sent this text anew with a blank line more.
    if (isNew) await caches.delete(SHELL).catch(() => {})
    await tellIfFull(error)
    throw error
  }
}

/** Comes when no page of an older version is open; see `takeOver`. */
async function activate() {
  const isOutdated = (name) => name.startsWith(SHELL_PREFIX) && name !== SHELL
  const names = await caches.keys().catch(() => [])
  await Promise.allSettled(names.filter(isOutdated).map((name) => caches.delete(name)))
  await self.clients.claim()
}

function onFetch(event) {
  const { request } = event
  const { searchParams } = new URL(request.url)
  const path = pathOf(request.url)
  if (request.method !== 'GET' || !isOurs(request.url) || request.headers.has('range') || searchParams.get('sw') === 'off') return
  if (request.mode !== 'navigate') event.respondWith(isCode(path) ? code(request) : data(event))
  else if (isPage(path)) event.respondWith(page(request))
  else if (path in BUILD.files) event.respondWith(code(request))
}

/** The newest page, or the one that belongs to this worker's code. */
function page(request) {
  // Never a copy that the browser kept by itself: the code it asks for may be gone.
  const network = fetch(request.url, { cache: 'no-cache', redirect: 'manual' })
  return networkFirst(network, storedPage)
}

/** Of the version that waits, which is stored as a whole by then; where none waits, of this worker's own. */
async function storedPage() {
  const names = self.registration.waiting ? await caches.keys().catch(() => []) : []
  const newest = names.filter((name) => name.startsWith(SHELL_PREFIX) && name !== SHELL).at(-1)
  return (newest && (await stored(urlOf(PAGE), { cacheName: newest }))) ?? stored(urlOf(PAGE), { cacheName: SHELL })
}

async function code(request) {
  return (await stored(request.url)) ?? fetch(request)
}

async function data(event) {
  const { request } = event
  // Who asks so has found a copy damaged.
  if (request.cache === 'reload' || request.cache === 'no-store') return fetchAndKeep(event, request)
  if (isLasting(request.url)) return (await storedSound(request.url)) ?? fetchAndKeep(event, request)
  return networkFirst(fetchAndKeep(event, new Request(request, { cache: 'no-cache' })), () => stored(request.url))
}

function fetchAndKeep(event, request) {
  const response = fetch(request)
  event.waitUntil(response.then((whole) => keep(request.url, whole.clone())).catch(() => {}))
  return response
}

/** What the network answers; where it is broken or slow and there is a stored copy, that. */
async function networkFirst(network, copy) {
  const late = Symbol('late')
  const patience = new Promise((done) => setTimeout(done, patienceMs, late))
  const first = await Promise.race([network.catch(() => undefined), patience])
  patienceMs = first === late ? PATIENCE_WITH_DEAD_NETWORK_MS : PATIENCE_MS
  if (first !== late && first && first.status < 500) return first
  return (await copy()) ?? network
}

async function stored(url, options) {
  // Hosts vary answers by encoding and origin, which are the same for every request of the page.
  return caches.match(url, { ignoreVary: true, ...options }).catch(() => undefined)
}

/** A stored copy that is still what it was: a damaged one would otherwise be served for ever. */
async function storedSound(url) {
  const response = await stored(url)
  if (!response || (await isSound(url, response))) return response
  await forget(url)
}

async function keep(url, response) {
  if (!isWhole(response)) return
  try {
    if (!(await isSound(url, response))) return
    const cache = await caches.open(DATA)
    await cache.put(url, response)
    await dropOutdated(cache, url)
  } catch (error) {
    await tellIfFull(error)
  }
}

/** Whether a file's content is what its name or this build promises, if either does; the response stays unread. */
async function isSound(url, response) {
  const promised = hashInName(url) ?? BUILD.data[pathOf(url)]
  if (!promised) return true
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await response.clone().arrayBuffer()))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('').startsWith(promised)
}

/** Drops what the file at `url`, just stored, no longer names: bundles, files of a bundle, older templates. */
async function dropOutdated(cache, url) {
  const path = pathOf(url)
  const read = async () => (await cache.match(url)).json()
  let isOutdated = (other) => isLasting(url) && new URL(url).search && other !== url && pathOf(other) === path
  if (path === 'models/index.json') {
    const folders = new Set((await read()).map(({ id }) => id))
    isOutdated = (other) => /^models\/[^/]+\//.test(pathOf(other)) && !folders.has(pathOf(other).split('/')[1])
  } else if (isManifest(path)) {
    const folder = path.slice(0, -'manifest.json'.length)
    const named = new Set(Object.values((await read()).files).map((file) => folder + file.path).concat(path))
    isOutdated = (other) => pathOf(other).startsWith(folder) && !named.has(pathOf(other))
  }
  const urls = (await cache.keys()).map((request) => request.url)
  await Promise.all(urls.filter(isOutdated).map((other) => cache.delete(other)))
}

/** Tells every page of this site, once, that nothing more can be stored. */
async function tellIfFull(error) {
  if (error.name !== 'QuotaExceededError') return console.warn('AgeLens: not stored:', error)
  if (storageIsFull) return
  storageIsFull = true
  console.warn('AgeLens: the storage of this browser is full; the page goes on without stored copies.')
  for (const client of await pages()) client.postMessage({ type: 'quota' })
}

async function pages() {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  return windows.filter((client) => isOurs(client.url))
}

/** What register.js says for a page, and the page itself. */
function onMessage(event) {
  const { type, urls, url, version } = event.data
  // One after the other: the next has most of its files from the one before.
  if (type === 'keep') event.waitUntil((keeping = keeping.then(() => keepLoaded(event.source, urls)).catch(console.warn)))
  if (type === 'forget') event.waitUntil(forget(url))
  if (type === 'page') event.waitUntil(takeOver(event.source, version))
}

/** Stores what a page had loaded before it had this worker, mostly out of the browser's own memory of it. */
async function keepLoaded(client, urls) {
  const byPage = urls.filter((url) => isOurs(url) && !isCode(pathOf(url)) && !isPage(pathOf(url)))
  for (const url of byPage) await keepOnce(url)
  const byEngines = await loadedByEngines(byPage)
  for (const url of byEngines) await keepOnce(url)
  const kept = await Promise.all([...byPage, ...byEngines].map((url) => stored(url)))
  if (kept.every(Boolean)) client.postMessage({ type: 'ready' })
  if (storageIsFull) client.postMessage({ type: 'quota' })
}

async function keepOnce(url) {
  if (await stored(url)) return
  const response = await fetch(url, { cache: 'force-cache' }).catch(() => undefined)
  if (response) await keep(url, response)
}

/** What an engine that a page already runs fetches of these bundles: its page does not know. */
async function loadedByEngines(urls) {
  const engines = await self.clients.matchAll({ type: 'worker', includeUncontrolled: true })
  // An engine's own address is a blob of its page's origin.
  if (!engines.some(({ url }) => isOurs(url) || url.startsWith(`blob:${self.location.origin}/`))) return []
  const bundles = await Promise.all(urls.filter((url) => isManifest(pathOf(url))).map(engineFiles))
  return bundles.flat()
}

/** Addresses of a bundle's files but the samples'. */
async function engineFiles(manifest) {
  const { files = {}, samples = [] } = (await (await stored(manifest))?.json()) ?? {}
  const ofSamples = samples.flatMap(({ original, translated, difference, cam, truth }) => [original, translated, difference, cam, truth])
  return Object.keys(files).filter((role) => !ofSamples.includes(role)).map((role) => new URL(files[role].path, manifest).href)
}

async function forget(url) {
  const cache = await caches.open(DATA).catch(() => undefined)
  await cache?.delete(url)
}

/**
 * Ends the wait of this worker where no page of another version is open: the only page is of its own version. All others
 * are told; they go on with the worker and the code that they came with.
 */
async function takeOver(client, version) {
  if (version !== BUILD.version) client.postMessage({ type: 'update' })
  else if ((await pages()).length === 1) self.skipWaiting()
}
