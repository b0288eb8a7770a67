// Registers the service worker (sw.js), and shows what it says in the elements of the page that have `data-offline`:
//
// - `ready`: what was shown so far works without a network;
// - `quota`: the storage of this browser is full, so that nothing more is kept;
// - `update`: a newer version of the page is ready; the button in this element loads it.
//
// `?sw=off` removes the worker and all that it stored. A page without it works as well, but not without a network.

/** The first picture comes before the worker's downloads, but they do not wait for it for ever. */
const FIRST_PICTURE_LIMIT_MS = 20_000
const REST_MS = 2000

const container = navigator.serviceWorker
const version = document.querySelector('meta[name=agelens-version]')?.content

function show(state) {
  for (const element of document.querySelectorAll(`[data-offline=${state}]`)) {
    element.hidden = false
    const button = state === 'update' && element.querySelector('button')
    if (button) button.onclick = () => location.reload()
  }
}

async function untilShown() {
  if (document.readyState !== 'complete') await new Promise((done) => addEventListener('load', done, { once: true }))
  const isLate = () => performance.now() > FIRST_PICTURE_LIMIT_MS
  while (!['ready', 'failed'].includes(window.agelens?.state) && !isLate()) await new Promise((next) => setTimeout(next, 100))
}

async function register() {
  // What came until it took charge did not pass through it.
  container.addEventListener('controllerchange', tellLoaded)
  const registration = await container.register(new URL('sw.js', document.baseURI), { updateViaCache: 'none' })
  // Later: a page that has just been left still counts as open, and the worker in charge has to come to rest.
  const greet = () => setTimeout(() => registration.waiting?.postMessage({ type: 'page', version }), REST_MS)
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', greet))
  document.addEventListener('visibilitychange', greet)
  greet()
  tellLoaded()
}

function tellLoaded() {
  const urls = performance.getEntriesByType('resource').map(({ name }) => name)
  container.controller?.postMessage({ type: 'keep', urls: [...new Set(urls)] })
}

async function remove() {
  const scope = new URL('./', document.baseURI)
  const registration = await container.getRegistration(scope)
  const wasThere = registration?.scope === scope.href && (await registration.unregister())
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name.startsWith(`agelens ${scope.pathname} `)).map((name) => caches.delete(name)))
  // The removed worker serves this page to its end, and stores what it serves.
  if (wasThere) location.reload()
}

// Absent in private windows of some browsers, and on pages that came over plain HTTP.
if (container) {
  try {
    if (new URLSearchParams(location.search).get('sw') === 'off') await remove()
    else {
      // At once: a worker of an earlier visit may have something to say already.
      container.addEventListener('message', ({ data }) => show(data.type))
      await untilShown()
      await register()
    }
  } catch (error) {
    console.warn('The page will not work without a network:', error)
  }
}
