// Tells the visitor of errors that nobody caught: what is on the screen after one may be incomplete.

/** Browsers report this of layouts that took two rounds; nothing is broken. */
const HARMLESS = /^ResizeObserver loop/

export function tellWhatBreaks() {
  const folder = new URL('./', document.baseURI).href
  // Extensions of the browser run in the page too.
  const isOurs = (filename) => !filename || filename.startsWith(folder) || filename.startsWith('wasm:')
  addEventListener('error', ({ message, filename }) => {
    if (message && isOurs(filename) && !HARMLESS.test(message)) tell(message)
  })
  addEventListener('unhandledrejection', ({ reason }) => tell(String(reason?.message ?? reason)))
}

function tell(reason) {
  const alert = document.getElementById('broken')
  alert.querySelector('code').textContent = reason
  alert.hidden = false
}
