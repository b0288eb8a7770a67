// Where everything lies in an exported picture. Pure: pixels in, pixels out.
//
// Panels keep the columns that they have on the page. Each has its heading above and its colour bar below; title and
// footer span all of them. Lengths are CSS pixels times `unit`, the device's pixels in one of them.

const MARGIN = 18
const GAP = 16
export const TITLE_PX = 19
export const HEADING_PX = 14
export const LABEL_PX = 12
export const FOOTER_PX = 12
/** From one line of text to the next, in text sizes. */
const LEADING = 1.4
const BAR_PX = 10

/**
 * @param {object} what
 * @param {{left: number, top: number, width: number, height: number, unitLabel: boolean}[]} what.panels places on the
 *   page and sizes, device pixels; `unitLabel`: the colour bar has a line of its own for the unit
 * @param {number} what.titleLines
 * @param {number} what.footerLines
 * @param {number} what.unit
 */
export function planPicture({ panels, titleLines, footerLines, unit }) {
  const [margin, gap] = [MARGIN * unit, GAP * unit]
  const line = (size) => size * LEADING * unit
  const titleHeight = titleLines * line(TITLE_PX) + (titleLines > 0 ? gap / 2 : 0)
  const cells = []
  let [left, bottom] = [margin, 0]
  for (const column of columnsOf(panels, unit)) {
    let top = margin + titleHeight
    for (const index of column) {
      const { width, height, unitLabel } = panels[index]
      const image = { x: left, y: top + line(HEADING_PX), width, height }
      const bar = { x: left, y: image.y + height + gap / 2, width, height: BAR_PX * unit }
      cells[index] = { heading: { x: left, y: top, width }, image, bar, unitLabel: { x: left, y: bar.y + line(LABEL_PX), width } }
      top = bar.y + line(LABEL_PX) * (unitLabel ? 2 : 1) + gap
    }
    left += Math.max(...column.map((index) => panels[index].width)) + gap
    bottom = Math.max(bottom, top)
  }
  const footer = { x: margin, y: bottom, lineHeight: line(FOOTER_PX) }
  return {
    width: Math.ceil(left - gap + margin),
    height: Math.ceil(bottom + footerLines * footer.lineHeight + margin - (footerLines > 0 ? 0 : gap)),
    title: { x: margin, y: margin, lineHeight: line(TITLE_PX) },
    cells,
    footer
  }
}

/** Widest line of text for panels of these places. */
export function contentWidth(panels, unit) {
  const columns = columnsOf(panels, unit)
  const widths = columns.map((column) => Math.max(...column.map((index) => panels[index].width)))
  return widths.reduce((sum, width) => sum + width, 0) + (columns.length - 1) * GAP * unit
}

/** Indices of panels that begin at about the same height from the left, each column from top to bottom. */
function columnsOf(panels, unit) {
  const order = [...panels.keys()].sort((a, b) => panels[a].left - panels[b].left)
  const columns = []
  for (const index of order) {
    const last = columns.at(-1)
    if (last && panels[index].left - panels[last[0]].left < GAP * unit) last.push(index)
    else columns.push([index])
  }
  for (const column of columns) column.sort((a, b) => panels[a].top - panels[b].top)
  return columns
}

/**
 * Breaks a text into lines. Between words, between any two signs of Chinese or Japanese, which are not spaced, and within
 * what is too long for a line of its own.
 * @param {(text: string) => number} measure width of a text
 */
export function wrapped(text, measure, width) {
  const words = text.match(/[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]|[^\s\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]+|\s+/gu) ?? []
  const parts = words.flatMap((word) => (measure(word) > width ? [...word] : [word]))
  const lines = ['']
  for (const part of parts) {
    if (lines.at(-1) && measure((lines.at(-1) + part).trimEnd()) > width) lines.push('')
    if (lines.at(-1) || part.trim()) lines[lines.length - 1] += part
  }
  return lines.map((line) => line.trimEnd()).filter(Boolean)
}
