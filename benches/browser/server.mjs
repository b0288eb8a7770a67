// Serves several folders as one site on this machine only, each under a path of its own.
//
// Below /isolated/ lies the same site with the two headers that a browser asks for before it gives a page threads.
// Static hosts do not send them, so nothing else here does.

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize, resolve, sep } from 'node:path'

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm'
}
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

/** `folders`: path of the site, such as `/ort/`, to folder. Resolves to `{ url, close }`. */
export async function serve(folders) {
  const server = createServer(async (request, response) => {
    let path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname)
    const isIsolated = path.startsWith('/isolated/')
    if (isIsolated) path = path.slice('/isolated'.length)
    const mount = Object.keys(folders).find((prefix) => path.startsWith(prefix))
    const root = mount && resolve(folders[mount])
    const file = mount && normalize(join(root, path.slice(mount.length)))
    try {
      if (!file?.startsWith(root + sep)) throw new Error('outside')
      const bytes = await readFile(file)
      const type = TYPES[extname(file)] ?? 'application/octet-stream'
      response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-cache', ...(isIsolated && ISOLATION) }).end(bytes)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise((done, failed) => server.once('error', failed).listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections()
      return new Promise((done) => server.close(done))
    }
  }
}
