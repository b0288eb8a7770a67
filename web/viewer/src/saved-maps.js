// The maps in a saved result: bytes, as web/src/result.rs writes them, to values and back to words. Pure.

import { NAMES, scaleOf } from './maps.js'

/** The byte of no change; the ends of the difference's colours are this far from it. */
const MIDDLE = 128
const REACH = 127
const LAST = 255

/** @param {string} text base64 @returns {Uint8Array} */
export function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
}

/** The value that a byte of the map with this index stands for. `limit`: where the difference's colours end. */
export function valueOf(index, byte, limit) {
  return scaleOf(index) === 'difference' ? ((byte - MIDDLE) / REACH) * limit : byte / LAST
}

/** Values of all maps, in the order of the panels; null where there is none. @param {Record<string, Uint8Array>} bytes by name */
export function valuesOf(bytes, limit) {
  return NAMES.map((name, index) => {
    const table = Float32Array.from({ length: LAST + 1 }, (_, byte) => valueOf(index, byte, limit))
    return bytes[name] ? Float32Array.from(bytes[name], (byte) => table[byte]) : null
  })
}

/** A number with two decimals and a true minus sign, `signed` with a plus sign too. */
export function told(value, signed = false) {
  const text = Math.abs(value).toFixed(2)
  const sign = Number(text) === 0 ? '' : value < 0 ? '−' : signed ? '+' : ''
  return sign + text
}

/** What a byte of a map says in words: beyond the ends of the difference's colours only that it is beyond. */
export function byteTold(index, byte, limit) {
  if (scaleOf(index) !== 'difference') return told(valueOf(index, byte, limit))
  const sign = byte <= MIDDLE - REACH ? '≤ ' : byte >= MIDDLE + REACH ? '≥ ' : ''
  return sign + told(valueOf(index, byte, limit), true)
}
