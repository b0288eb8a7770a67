// Starts the page's program: the WebAssembly module that <link id="program"> names.
//
// A script of its own instead of the usual inline one, so that the page's security policy can forbid inline scripts.

import { beginLanguage } from './language.js'

export async function startProgram() {
  beginLanguage()
  // From the first moment; the program keeps it as the link has it.
  document.documentElement.classList.toggle('embedded', new URLSearchParams(location.hash.slice(1)).get('embed') === '1')
  const link = document.getElementById('program')
  try {
    const { default: initialise } = await import(new URL(link.getAttribute('href'), document.baseURI))
    await initialise({ module_or_path: new URL(link.dataset.wasm, document.baseURI) })
  } catch (error) {
    console.error(error)
    const alert = document.getElementById('error')
    alert.textContent = `The page could not start: ${error}. Reload it; if that does not help, use a current browser with WebAssembly.`
    alert.hidden = false
  }
}
