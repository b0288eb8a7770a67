// What a DICOM file says of itself, as far as it helps to sort files into series and to see which are missing.

import dicomParser from 'dicom-parser'
import { firstBytes, isDirectoryName, isExplicit, startsDicom } from './magic.js'

/** Enough for the header of one slice; those of many frames are longer. */
const FIRST_BYTES = 64 * 1024
const LATER_FACTOR = 8
const PIXEL_DATA = 'x7fe00010'
const UNDEFINED_LENGTH = 0xffffffff
const DIRECTORY_CLASS = '1.2.840.10008.1.3.10'
const IMPLICIT = '1.2.840.10008.1.2'
const EXPLICIT = '1.2.840.10008.1.2.1'

/** Where a text is not plain ASCII, by the file's own word for it (0008,0005). */
const ENCODINGS = [
  [/ISO_IR 192/, 'utf-8'],
  [/ISO 2022/, 'iso-2022-jp'],
  [/ISO_IR 13/, 'shift_jis'],
  [/GB18030|GBK/, 'gb18030']
]

/**
 * Reads the header of a file. Null where it is no image: not DICOM, the directory of a disc, a document. `isReadable` is
 * false where it is DICOM whose header only dcm2niix may understand.
 */
export async function readHeader({ path, blob }) {
  if (isDirectoryName(path)) return null
  const start = await firstBytes(blob)
  if (!startsDicom(start)) return null
  const data = await parse(blob, start)
  if (!data) return { isReadable: false, frames: [] }
  if (data.string('x00020002') === DIRECTORY_CLASS) return null
  const pixels = data.elements[PIXEL_DATA]
  if (!pixels || !data.uint16('x00280010')) return null
  return { isReadable: true, ...identity(data), ...geometry(data), isCut: isCut(pixels, blob) }
}

async function parse(blob, start) {
  const options = { untilTag: PIXEL_DATA }
  // Without a preamble nothing names the syntax.
  if (start[0] === 8) options.TransferSyntaxUID = isExplicit(start) ? EXPLICIT : IMPLICIT
  for (let count = FIRST_BYTES; ; count *= LATER_FACTOR) {
    try {
      const data = dicomParser.parseDicom(await firstBytes(blob, count), options)
      if (data.elements[PIXEL_DATA] || count >= blob.size) return data
    } catch {
      // The header goes on, or cannot be read at all.
      if (count >= blob.size) return null
    }
  }
}

function identity(data) {
  const text = decoder(data)
  return {
    patient: data.string('x00100020') ?? '',
    study_uid: data.string('x0020000d') ?? '',
    series_uid: data.string('x0020000e') ?? '',
    image_uid: data.string('x00080018') ?? '',
    series_number: data.intString('x00200011'),
    image_number: data.intString('x00200013'),
    modality: data.string('x00080060') ?? '',
    description: text('x0008103e') || text('x00181030'),
    protocol: text('x00181030'),
    sequence: data.string('x00180024') ?? '',
    images_told: data.intString('x00201002'),
    bytes: pixelBytes(data)
  }
}

function pixelBytes(data) {
  const frames = data.intString('x00280008') ?? 1
  const samples = data.uint16('x00280002') ?? 1
  return (frames * samples * data.uint16('x00280010') * data.uint16('x00280011') * (data.uint16('x00280100') ?? 16)) / 8
}

/** Rows, columns, and for each frame where it lies: `position_mm` of its first pixel, `orientation`, `spacing_mm`. */
function geometry(data) {
  const shared = item(data, 'x52009229')
  const perFrame = data.elements.x52009230?.items ?? []
  const sources = perFrame.length > 0 ? perFrame.map(({ dataSet }) => dataSet) : [data]
  const kind = (data.string('x00080008') ?? '').split('\\').slice(2).join(' ')
  const frames = sources.map((frame) => {
    const within = (sequence) => item(frame, sequence) ?? (shared && item(shared, sequence)) ?? data
    return {
      position_mm: numbers(within('x00209113'), 'x00200032', 3),
      orientation: numbers(within('x00209116'), 'x00200037', 6),
      spacing_mm: numbers(within('x00289110'), 'x00280030', 2),
      echo_time_ms: numbers(within('x00189114'), 'x00180081', 1)?.[0] ?? within('x00189114').double('x00189082'),
      kind
    }
  })
  return {
    rows: data.uint16('x00280010'),
    columns: data.uint16('x00280011'),
    isMultiFrame: (data.intString('x00280008') ?? 1) > 1,
    frames
  }
}

/** The first item of a sequence. */
const item = (data, tag) => data.elements[tag]?.items?.[0]?.dataSet

function numbers(data, tag, count) {
  const values = Array.from({ length: count }, (_, index) => data.floatString(tag, index))
  return values.every(Number.isFinite) ? values : null
}

/** Whether the file ends before its pixels do, as after a broken download. Compressed pixels don't tell. */
function isCut(pixels, blob) {
  return pixels.length !== UNDEFINED_LENGTH && pixels.dataOffset + pixels.length > blob.size
}

function decoder(data) {
  const told = data.string('x00080005') ?? ''
  const encoding = ENCODINGS.find(([pattern]) => pattern.test(told))?.[1] ?? 'windows-1252'
  return (tag) => {
    const element = data.elements[tag]
    if (!element) return ''
    const bytes = data.byteArray.subarray(element.dataOffset, element.dataOffset + element.length)
    return new TextDecoder(encoding).decode(bytes).replaceAll('\0', '').trim()
  }
}
