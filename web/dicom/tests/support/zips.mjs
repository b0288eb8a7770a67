// Zips, good and bad.

import { readFileSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { zipSync } from 'fflate'

/** Fields of a file's record in the list at the end of a zip. */
const RECORD = Buffer.from('PK\x01\x02', 'latin1')
const SIZE = 24

/** Zips the files at `paths`, named from `folder`; writes the zip to `path` and returns its path. */
export function zipFiles(path, folder, paths, options = {}) {
  return write(path, Object.fromEntries(paths.map((file) => [relative(folder, file), readFileSync(file)])), options)
}

/** A zip of zeros that says it holds `size` bytes. */
export function bomb(path, size) {
  write(path, { 'a.dcm': new Uint8Array(1000) })
  return change(path, (zip) => zip.writeUInt32LE(size, zip.indexOf(RECORD) + SIZE))
}

/** More files than anyone's scan has, all empty. */
export const manyFiles = (path, count) => write(path, Object.fromEntries(Array.from({ length: count }, (_, index) => [`${index}`, new Uint8Array()])))

/** As it is after a download that broke off. */
export const cutInHalf = (path, source) => {
  const zip = readFileSync(source)
  writeFileSync(path, zip.subarray(0, zip.length >> 1))
  return path
}

/** As if made with a password. */
export const locked = (path, source) => {
  writeFileSync(path, readFileSync(source))
  return change(path, (zip) => zip.writeUInt16LE(1, 6))
}

function write(path, files, options) {
  writeFileSync(path, zipSync(files, options))
  return path
}

function change(path, edit) {
  const zip = readFileSync(path)
  edit(zip)
  writeFileSync(path, zip)
  return path
}
