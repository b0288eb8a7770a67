// The service worker of one build: a version for its code, and the list of what the worker keeps.

import { createHash } from 'node:crypto'

/** What the text that `serviceWorker` returns begins with, in a line of its own. */
const BUILD = 'const BUILD = '

/** As `fetch` takes it. */
export const integrityOf = (bytes) => `sha256-${createHash('sha256').update(bytes).digest('base64')}`

/** A version for the files (path → bytes) of the code and for the worker's own `source`. */
export function versionOf(files, source) {
  const integrities = Object.keys(files).sort().map((path) => `${path} ${integrityOf(files[path])}\n`)
  return createHash('sha256').update(integrities.join('')).update(source).digest('hex').slice(0, 16)
}

/** The text of sw.js for files (path → bytes) of this version; `source` is the text beside this file. */
export function serviceWorker(files, version, source) {
  const entries = Object.keys(files).sort().map((path) => [path === 'index.html' ? './' : path, integrityOf(files[path])])
  return `${BUILD}${JSON.stringify({ version, files: Object.fromEntries(entries) })}\n${source}`
}

/** The page, naming its version: by that a worker knows the pages of its own version. */
export function withVersion(page, version) {
  if (!page.includes('</head>')) throw new Error('index.html: has no </head> to write the version before')
  return page.replace('</head>', `  <meta name="agelens-version" content="${version}" />\n  </head>`)
}
