// The page's languages, as their files have them.

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './site.mjs'

const folder = join(repository, 'web/languages')
const read = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'))

/** Their codes, English first. */
export const codes = ['en', ...readdirSync(folder).flatMap((name) => name.match(/^([a-z]+)\.json$/)?.[1] ?? []).filter((code) => code !== 'en').sort()]

const ofEach = (kind) => Object.fromEntries(codes.map((code) => [code, read(`${kind}${code}.json`)]))

/** The page's texts, by language and key. */
export const texts = ofEach('')
/** Forms of sentences in bundles, by language and key. */
export const said = ofEach('said.')
/** Lessons and glossary, by language. */
export const lessons = ofEach('lessons.')

/** Each language in a wide window and in a narrow one, px, each in one of the colour schemes, by turns. */
export const schemesAndWidths = (wide, narrow) =>
  codes.flatMap((code, place) => {
    const [first, second] = place % 2 === 0 ? ['light', 'dark'] : ['dark', 'light']
    return [[code, first, wide], [code, second, narrow]]
  })
