// The made-up DICOM folders, written anew for each run into a temporary folder.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const tests = join(dirname(fileURLToPath(import.meta.url)), '..')
/** AGELENS_DICOM_PYTHON names another Python that has what requirements.txt lists. */
const python = process.env.AGELENS_DICOM_PYTHON ?? join(tests, '../.venv/bin/python')

/** Writes the cases; resolves to `{ folder, files, native, remove }`. */
export function writeFixtures(...options) {
  if (!existsSync(python)) {
    throw new Error(`${python}: is missing. Run \`npm run fixtures --prefix web/dicom\`, which installs tests/requirements.txt there.`)
  }
  const folder = mkdtempSync(join(tmpdir(), 'agelens-dicom-'))
  execFileSync(python, [join(tests, 'fixtures.py'), folder, ...options], { stdio: ['ignore', 'ignore', 'inherit'] })
  return {
    folder,
    /** Paths of a case's files, those in folders too. */
    files: (name) => filesIn(join(folder, name)),
    /** The NIfTI files that dcm2niix made of a case on this machine. */
    native: (name) =>
      filesIn(join(folder, 'native', name))
        .filter((path) => path.endsWith('.nii'))
        .map((path) => readFileSync(path)),
    remove: () => rmSync(folder, { recursive: true })
  }
}

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
