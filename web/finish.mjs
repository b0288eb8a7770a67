// Last step of trunk's build: the worker's files get names with their content's hash, as trunk gives all others.
//
// Without it a visitor could get a new page together with an old worker from the browser's cache.

import { createHash } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const folder = process.env.TRUNK_STAGING_DIR
if (!folder) throw new Error('run by trunk as a post_build hook')
const path = (name) => join(folder, name)

const module = await readFile(path('worker_bg.wasm'))
const glue = await readFile(path('worker.js'), 'utf8')
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

/** Replaces every `from`, of which there must be one. */
function replaced(text, from, to) {
  if (!text.includes(from)) throw new Error(`finish.mjs: ${from} is not where it was; trunk or wasm-bindgen has changed`)
  return text.replaceAll(from, to)
}
