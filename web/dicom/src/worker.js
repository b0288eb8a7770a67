// The converter's own thread: files in, NIfTI out. It does one conversion and is then ended.

import { run } from './dcm2niix.js'
import { ConversionError, toMessage } from './errors.js'
import { readHeader } from './header.js'
import { readNiftiHeader } from './nifti.js'
import { isNamedT1, obstacles, ranked } from './ranking.js'
import { checkSeries } from './stacks.js'
import { unpack } from './unpack.js'

/** A series with more than this is a long one in time; WebAssembly has 2 GB for input and output together. */
const MOST_SERIES_BYTES = 600 * 1024 ** 2

self.onmessage = async ({ data }) => {
  try {
    const result = await convert(data.files)
    self.postMessage({ result }, result.series.flatMap(({ bytes }) => (bytes ? [bytes.buffer] : [])))
  } catch (error) {
    self.postMessage({ error: toMessage(error) })
  }
}

const tell = (stage) => (done, total) => self.postMessage({ progress: { stage, done, total } })

async function convert(given) {
  const files = await unpack(given, tell('unpacking'))
  const { groups, left_out } = await sort(files)
  if (groups.length === 0) throw new ConversionError('dicom.none', { files: files.length })
  const [series, failed] = [[], []]
  let unreadable = 0
  for (const [index, images] of groups.entries()) {
    tell('converting')(index, groups.length)
    try {
      series.push(...(await convertSeries(images)))
    } catch (error) {
      // A program that is not there fails for every series.
      if (error.code === 'dicom.load') throw error
      if (images[0].header.isReadable) failed.push({ description: nameOf(images), ...toMessage(error) })
      else unreadable += images.length
    }
  }
  tell('converting')(groups.length, groups.length)
  if (series.length === 0 && failed.length === 0) throw new ConversionError('dicom.none', { files: files.length })
  if (series.length === 0) throw new ConversionError(failed[0].code, { ...failed[0].values, series: failed[0].description })
  const told = ranked(series).map(({ words, ...one }) => ({ ...one, likely_t1: isNamedT1(words) && !one.warnings.some(({ serious }) => serious) }))
  return { series: told, failed, left_out: left_out + unreadable }
}

/** Images by their series, and how many files are none. */
async function sort(files) {
  const groups = new Map()
  let left_out = 0
  for (const [index, file] of files.entries()) {
    if (index % 50 === 0) tell('reading')(index, files.length)
    const header = await readHeader(file)
    if (!header) {
      left_out += 1
      continue
    }
    // The number too: programs that take names out of files give every series the same UID.
    const key = header.isReadable ? [header.study_uid, header.series_uid, header.series_number].join(' ') : 'unreadable'
    if (!groups.has(key)) groups.set(key, [])
    groups.get(key).push({ ...file, header })
  }
  tell('reading')(files.length, files.length)
  return { groups: [...groups.values()], left_out }
}

const nameOf = (images) => images[0].header.description ?? ''

async function convertSeries(found) {
  const cut = found.filter(({ header }) => header.isCut)
  if (cut.length > 0) throw new ConversionError('dicom.cut_file', { file: cut[0].path, files: cut.length })
  const { images, warnings } = found[0].header.isReadable ? checkSeries(found) : { images: found, warnings: [] }
  const [{ header }] = images
  const about = { description: nameOf(images), modality: header.modality ?? '' }
  const words = [about.description, header.protocol, header.sequence].join(' ')
  const size_bytes = images.reduce((sum, image) => sum + (image.header.bytes ?? image.blob.size), 0)
  if (size_bytes > MOST_SERIES_BYTES) return [tooLarge(about, header, words, size_bytes)]

  const { exitCode, volumes } = await run(images.map(({ blob }) => blob))
  // Some of the files may have been bad, or what is told already has troubled dcm2niix too.
  if (exitCode !== 0 && warnings.length === 0) warnings.push({ code: 'dicom.partly', values: { exit_code: exitCode }, serious: false })
  const made = volumes.flatMap((volume) => describe(volume, about, images, words))
  if (made.length === 0) throw new ConversionError('dicom.failed', { exit_code: exitCode, images: images.length })
  for (const { isOf, ...warning } of warnings) {
    const own = isOf ? made.filter(isOf) : []
    for (const one of own.length > 0 ? own : made) one.warnings.push(warning)
  }
  return made
}

/** What the page is told of a volume: a list of one, or of none where dcm2niix wrote no NIfTI. */
function describe({ suffix, bytes, sidecar }, about, images, words) {
  const nifti = readNiftiHeader(bytes)
  if (!nifti) return []
  const modality = about.modality || sidecar.Modality || ''
  const description = about.description || sidecar.SeriesDescription || sidecar.ProtocolName || ''
  const { shape, spacing_mm, volumes } = nifti
  const told = {
    name: fileName(images[0].header.series_number, description, suffix),
    description,
    modality,
    shape: volumes > 1 ? [...shape, volumes] : shape,
    spacing_mm,
    bytes,
    warnings: obstacles({ shape, volumes, modality, description: words }),
    words: `${words} ${suffix}`
  }
  const echo_time_s = sidecar.EchoTime ?? onlyEchoTime(images)
  if (Number.isFinite(echo_time_s)) told.echo_time_s = echo_time_s
  return [told]
}

/** In seconds; undefined where there are several. */
function onlyEchoTime(images) {
  const times_ms = new Set(images.flatMap(({ header }) => header.frames.map(({ echo_time_ms }) => echo_time_ms)))
  const [time_ms] = times_ms
  return times_ms.size === 1 && time_ms !== undefined ? time_ms / 1000 : undefined
}

function tooLarge(about, header, words, size_bytes) {
  const values = { megabytes: Math.round(size_bytes / 1024 ** 2), limit_megabytes: MOST_SERIES_BYTES / 1024 ** 2 }
  return {
    name: fileName(header.series_number, about.description, ''),
    ...about,
    shape: [header.columns, header.rows, 1],
    spacing_mm: [...(header.frames[0].spacing_mm ?? [1, 1]), 1],
    bytes: null,
    warnings: [{ code: 'dicom.too_large', values, serious: true }],
    words
  }
}

/** A name for the volume as a file: number and description of the series. */
function fileName(number, description, suffix) {
  const words = description.replace(/[^\p{L}\p{N}]+/gu, '_').replace(/^_+|_+$/g, '').slice(0, 60)
  return `${[number, words || 'series'].filter((part) => part !== undefined).join('_')}${suffix}.nii`
}
