// The language of a visit: the link's, else the one chosen last, else the first of the browser's that the page has, else English.
//
// The page's program takes it from <html lang>. Here it is chosen before that program is there, so that the texts of a
// language, a file of their own, come at the same time. web/finish.mjs names these files in <meta name="agelens-language">.

/** Where the browser keeps the visitor's choice; actions/language.rs writes it. */
const STORED = 'agelens-language'
const ENGLISH = 'en'

/**
 * The first language that there is.
 * @param {(string | null | undefined)[]} tags as `ja` or `ja-JP`, the most wanted first
 * @param {string[]} codes of the languages that there are
 */
export function chosenLanguage(tags, codes) {
  const wanted = tags.map((tag) => tag?.split('-')[0].toLowerCase())
  return wanted.find((code) => codes.includes(code)) ?? ENGLISH
}

/** Names the language in <html lang>, and asks for its texts. */
export function beginLanguage() {
  const known = new Map([...document.querySelectorAll('meta[name=agelens-language]')].map(({ content, dataset }) => [content, dataset.texts]))
  const ofLink = new URLSearchParams(location.hash.slice(1)).get('lang')
  const code = chosenLanguage([ofLink, stored(), ...navigator.languages], [...known.keys()])
  document.documentElement.lang = code
  if (!known.get(code)) return
  const link = document.createElement('link')
  Object.assign(link, { rel: 'preload', as: 'fetch', crossOrigin: 'anonymous', href: new URL(known.get(code), document.baseURI).href })
  document.head.append(link)
}

function stored() {
  try {
    return localStorage.getItem(STORED)
  } catch {
    // A browser that keeps nothing.
    return null
  }
}
