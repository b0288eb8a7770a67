// Serves a folder over HTTP on this machine only. For `make demo` and the browser tests; any static host does the same.

import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.gz': 'application/gzip',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json'
}

/**
 * Starts a server of `directory` under the path `prefix` (`/`, `/some/path/`).
 * `replace(path, bytes)` may return other bytes for a file: tests damage files with it. Where it returns null, the
 * connection breaks in the middle of the file.
 * `headers` go with every answer.
 * Resolves to `{ url, close }`; port 0 takes a free one.
 */
export async function serve({ directory, prefix = '/', port = 0, replace = undefined, headers: own = {} }) {
  const root = resolve(directory)
  const server = createServer(async (request, response) => {
    const answer = (status, text) => response.writeHead(status, { 'Content-Type': 'text/plain' }).end(text)
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'GET and HEAD only\n')
    try {
      const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname)
      if (!path.startsWith(prefix)) return answer(404, 'not here\n')
      let file = normalize(join(root, path.slice(prefix.length)))
      if (file !== root && !file.startsWith(root + sep)) return answer(404, 'not here\n')
      if ((await stat(file)).isDirectory()) file = join(file, 'index.html')
      const headers = { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream', 'Cache-Control': 'no-cache', ...own }
      if (replace) {
        const whole = await readFile(file)
        const bytes = replace(file.slice(root.length + 1), whole)
        response.writeHead(200, { ...headers, 'Content-Length': (bytes ?? whole).length })
        if (bytes) return response.end(bytes)
        return response.write(whole.subarray(0, whole.length >> 1), () => response.destroy())
      }
      const { size, mtimeMs } = await stat(file)
      // As all hosts do: a browser that asks for news gets a short answer where there is none.
      headers.ETag = `"${size}-${Math.round(mtimeMs)}"`
      if (request.headers['if-none-match'] === headers.ETag) return response.writeHead(304, headers).end()
      response.writeHead(200, { ...headers, 'Content-Length': size })
      if (request.method === 'HEAD') return response.end()
      createReadStream(file).on('error', () => response.destroy()).pipe(response)
    } catch (error) {
      if (error.code === 'ENOENT' || error instanceof URIError) answer(404, 'not found\n')
      else answer(500, 'cannot be read\n')
    }
  })
  await new Promise((done, failed) => server.once('error', failed).listen(port, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${server.address().port}${prefix}`,
    close: () => {
      server.closeAllConnections()
      return new Promise((done) => server.close(done))
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      directory: { type: 'string', default: 'dist' },
      prefix: { type: 'string', default: '/' },
      port: { type: 'string', default: '8080' }
    }
  })
  const { directory, prefix } = values
  const { url } = await serve({ directory, prefix, port: Number(values.port) }).catch((error) => {
    if (error.code !== 'EADDRINUSE') throw error
    console.error(`port ${values.port} is taken; using a free one (choose with PORT=...)`)
    return serve({ directory, prefix })
  })
  console.log(`\n  AgeLens is at ${url}  (Ctrl+C ends it)\n`)
}
