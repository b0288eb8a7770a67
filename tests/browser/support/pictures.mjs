// What is on the screen, pixel by pixel. A picture is its width, its height, and four bytes a pixel.

import { PNG } from 'pngjs'
import { until } from './site.mjs'

/** A colour channel differs where it differs by more: antialiasing does not count. */
const NOTABLE = 16
/** Spread of the channels beyond which a pixel has a colour. */
const COLOURFUL = 48

/** What a visitor sees in the place of an element. */
export const pictureOf = async (locator) => PNG.sync.read(await locator.screenshot({ animations: 'disabled' }))

/** The part between fractions of width and height. */
export function part({ width, height, data }, { left = 0, top = 0, right = 1, bottom = 1 }) {
  const [x0, x1] = [left, right].map((share) => Math.round(share * width))
  const [y0, y1] = [top, bottom].map((share) => Math.round(share * height))
  const rows = Array.from({ length: y1 - y0 }, (_, row) => data.subarray(4 * ((y0 + row) * width + x0), 4 * ((y0 + row) * width + x1)))
  return { width: x1 - x0, height: y1 - y0, data: Buffer.concat(rows) }
}

export function mirrored({ width, height, data }) {
  const turned = Buffer.alloc(data.length)
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) data.copy(turned, 4 * (y * width + width - 1 - x), 4 * (y * width + x), 4 * (y * width + x + 1))
  return { width, height, data: turned }
}

/** Share of the pixels that differ, 0..1; pictures of different size differ altogether. */
export function differing(one, other) {
  if (one.width !== other.width || one.height !== other.height) return 1
  return shareOf(one, (at) => [0, 1, 2].some((channel) => Math.abs(one.data[at + channel] - other.data[at + channel]) > NOTABLE))
}

/** Share of the pixels that are neither black, white nor grey, 0..1. */
export const coloured = (picture) => shareOf(picture, (at) => spread(picture.data, at) > COLOURFUL)

/** Share of the pixels that are not black, 0..1. */
export const lit = (picture) => shareOf(picture, (at) => Math.max(...picture.data.subarray(at, at + 3)) > NOTABLE)

/** Mean of all channels, 0..255. */
export const brightness = ({ data }) => data.reduce((sum, value, index) => (index % 4 === 3 ? sum : sum + value), 0) / (0.75 * data.length)

/** Number of different colours. */
export const coloursIn = ({ data }) => new Set(new Uint32Array(Uint8Array.from(data).buffer)).size

/** Waits until the picture of an element is as `check` wants it; resolves to it. */
export async function untilPicture(locator, what, check) {
  let picture
  await until(what, async () => check((picture = await pictureOf(locator))))
  return picture
}

function shareOf({ data }, counts) {
  let count = 0
  for (let at = 0; at < data.length; at += 4) if (counts(at)) count += 1
  return count / (data.length / 4)
}

function spread(data, at) {
  const channels = data.subarray(at, at + 3)
  return Math.max(...channels) - Math.min(...channels)
}
