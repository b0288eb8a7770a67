// The service worker of one build: a version for its code, and the list of what the worker keeps.

import { createHash } from 'node:crypto'

/** What the text that `serviceWorker` returns begins with, in a line of its own. */
const BUILD = 'const BUILD = '

/** A checksum as `fetch`, an attribute `integrity` and a policy take it. */
export const integrityOf = (bytes, kind = 'sha256') => `${kind}-${createHash(kind).update(bytes).digest('base64')}`

/** A version for files (path → bytes) and for the worker's own `source`. */
export function versionOf(files, source) {
  const integrities = Object.keys(files).sort().map((path) => `${path} ${integrityOf(files[path])}\n`)
  return createHash('sha256').update(integrities.join('')).update(source).digest('hex').slice(0, 16)
}

/**
 * The text of sw.js for a version with this code, which the worker stores at once, and this data (path → bytes).
 * `source` is the text beside this file.
 */
export function serviceWorker(version, code, data, source) {
  const entries = (files, describe) => Object.fromEntries(Object.keys(files).sort().map((path) => describe(path, files[path])))
  const build = {
    version,
    files: entries(code, (path, bytes) => [path === 'index.html' ? './' : path, integrityOf(bytes)]),
    data: entries(data, (path, bytes) => [path, createHash('sha256').update(bytes).digest('hex')])
  }
  return `${BUILD}${JSON.stringify(build)}\n${source}`
}

/** The page, naming its version: by that a worker knows the pages of its own version. */
export function withVersion(page, version) {
  if (!page.includes('</head>')) throw new Error('index.html: has no </head> to write the version before')
  return page.replace('</head>', `  <meta name="agelens-version" content="${version}" />\n  </head>`)
}
