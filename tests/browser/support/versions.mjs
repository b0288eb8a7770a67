// What a newer version of the page would look like: the built one, with an engine of another name.

import { cpSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { serviceWorker, versionOf, withVersion } from '../../../web/service-worker/build.mjs'
import { dist, repository } from './site.mjs'

/** Writes the next version into `folder`; resolves to its version. */
export function writeNextVersion(folder) {
  cpSync(dist, folder, { recursive: true })
  const loader = readdirSync(folder).find((name) => /^worker-.*_loader\.js$/.test(name))
  renameSync(join(folder, loader), join(folder, 'worker-next_loader.js'))
  const page = join(folder, 'index.html')
  const text = readFileSync(page, 'utf8').replace(loader, 'worker-next_loader.js')

  const names = readdirSync(folder, { recursive: true }).filter((name) => ['.js', '.wasm', '.css'].includes(extname(name)) && name !== 'sw.js')
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]))
  const source = readFileSync(join(repository, 'web/service-worker/sw.js'), 'utf8')
  const version = versionOf({ ...files, 'index.html': Buffer.from(text) }, source)
  files['index.html'] = Buffer.from(withVersion(text.replace(/ *<meta name="agelens-version".*\n/, ''), version))
  writeFileSync(page, files['index.html'])
  writeFileSync(join(folder, 'sw.js'), serviceWorker(version, files, {}, source))
  return version
}
