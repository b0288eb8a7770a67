// Starts the page's program: the WebAssembly module that <link id="program"> names.
//
// A script of its own instead of the usual inline one, so that the page's security policy can forbid inline scripts.

import { beginLanguage } from './language.js'

/** A module with vector instructions, of which both programs are made. */
const SIMD = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11])

/** Whether the browser lacks these, or the youngest rule of the styles: Chrome before 123, Firefox before 121, Safari before 17.5. */
const isTooOld = () => !globalThis.WebAssembly?.validate(SIMD) || !CSS.supports('color', 'light-dark(red, blue)') || !CSS.supports('selector(:has(a))')

export async function startProgram() {
  beginLanguage()
  document.getElementById('old-browser').hidden = !isTooOld()
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
