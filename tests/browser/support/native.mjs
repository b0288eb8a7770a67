// The native program, whose results the page must reproduce.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleName, dist, repository } from './site.mjs'

const trainer = process.env.AGELENS_TRAINER ?? join(repository, 'target/release/trainer')

const run = (...args) => execFileSync(trainer, args, { cwd: repository, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

/** A folder that `remove` deletes. */
export function scratchFolder() {
  const path = mkdtempSync(join(tmpdir(), 'agelens-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/**
 * What `trainer explain` says about a file: probabilities, direction, and the bytes of its volumes.
 * `aim`: `young_to_old`, `old_to_young` or an age in years; without it, away from the class that the classifier sees.
 */
export function explainNatively(input, folder, aim = undefined, bundle = bundleName) {
  const out = join(folder, `explain-${readdirSync(folder).length}`)
  const options = typeof aim === 'number' ? ['--target-age', String(aim)] : aim ? ['--direction', aim.replaceAll('_', '-')] : []
  const report = JSON.parse(run('explain', '--device', 'cpu', '--bundle', join(dist, 'models', bundle), input, '--out', out, '--json', ...options))
  const volumes = {}
  for (const name of ['translated', 'difference', 'cam']) volumes[name] = readFileSync(join(out, `${name}.nii.gz`))
  return { ...report, volumes }
}

/** The grey-matter map that `trainer prepare` makes of a raw T1 image. */
export function prepareNatively(input, folder) {
  const out = join(folder, `prepare-${readdirSync(folder).length}`)
  run('prepare', input, '--out', out)
  return readFileSync(join(out, readdirSync(out).find((name) => name.includes('label-GM_probseg'))))
}

/** A constant of the crate that program and page share. */
const constant = (file, declaration) => readFileSync(join(repository, 'shared/src', file), 'utf8').match(declaration)[1]

/** What this version calls its preparation. */
export const preparationVersion = () => constant('prepare/mod.rs', /PREPARATION_VERSION: &str = "(.+)"/)

/** Nearer to one half than this, a probability is no verdict. */
export const closeCall = () => Number(constant('bundle/held_back.rs', /CLOSE_CALL: f32 = (.+);/))

/** Generates phantom subjects; returns the paths of their grey-matter maps. */
export function phantomSubjects(folder) {
  const cohort = join(folder, 'cohort')
  run('cohort', 'phantom', '--subjects', '2', '--seed', '7', '--spacing-mm', '4', '--out', cohort)
  return readdirSync(cohort, { recursive: true })
    .filter((path) => /\/anat\/.*_label-GM_probseg\.nii\.gz$/.test(path))
    .sort()
    .map((path) => join(cohort, path))
}

/** A bundle's model card. */
export const manifest = (bundle = bundleName) => JSON.parse(readFileSync(join(dist, 'models', bundle, 'manifest.json'), 'utf8'))

/** Path of the bundle's own file of this role. */
export const bundleFile = (role, bundle = bundleName) => join(dist, 'models', bundle, manifest(bundle).files[role].path)
