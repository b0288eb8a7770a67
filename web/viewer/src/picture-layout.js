// Where everything lies in an exported picture. Pure: pixels in, pixels out.
//
// Panels keep the columns that they have on the page, or its rows where one of them is as wide as several columns. Each has its heading above and its colour bar below; title and
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
  /** Puts a panel in its place; returns where the next one below it begins. */
  const put = (index, left, top) => {
    const { width, height, unitLabel } = panels[index]
    const image = { x: left, y: top + line(HEADING_PX), width, height }
    const bar = { x: left, y: image.y + height + gap / 2, width, height: BAR_PX * unit }
    cells[index] = { heading: { x: left, y: top, width }, image, bar, unitLabel: { x: left, y: bar.y + line(LABEL_PX), width } }
    return bar.y + line(LABEL_PX) * (unitLabel ? 2 : 1) + gap
  }
  const first = margin + titleHeight
  let bottom = first
  if (hasRows(panels, unit)) {
    for (const row of rowsOf(panels, unit)) {
      let [left, next] = [margin, bottom]
      for (const index of row) {
        next = Math.max(next, put(index, left, bottom))
        left += panels[index].width + gap
      }
      bottom = next
    }
  } else {
    let left = margin
    for (const column of columnsOf(panels, unit)) {
      const end = column.reduce((top, index) => put(index, left, top), first)
      left += widest(panels, column) + gap
      bottom = Math.max(bottom, end)
    }
  }
  const footer = { x: margin, y: bottom, lineHeight: line(FOOTER_PX) }
  return {
    width: Math.ceil(contentWidth(panels, unit) + 2 * margin),
    height: Math.ceil(bottom + footerLines * footer.lineHeight + margin - (footerLines > 0 ? 0 : gap)),
    title: { x: margin, y: margin, lineHeight: line(TITLE_PX) },
    cells,
    footer
  }
}

/** Widest line of text for panels of these places. */
export function contentWidth(panels, unit) {
  const across = (widths) => widths.reduce((sum, width) => sum + width, 0) + (widths.length - 1) * GAP * unit
  if (hasRows(panels, unit)) return Math.max(...rowsOf(panels, unit).map((row) => across(row.map((index) => panels[index].width))))
  return across(columnsOf(panels, unit).map((column) => widest(panels, column)))
}

const widest = (panels, column) => Math.max(...column.map((index) => panels[index].width))

/** Whether a panel reaches into the column beside its own: on a narrow page one is as wide as two others above it. */
function hasRows(panels, unit) {
  const columns = columnsOf(panels, unit)
  const left = (column) => panels[column[0]].left
  return columns.some((column, place) => place > 0 && left(columns[place - 1]) + widest(panels, columns[place - 1]) - left(column) > GAP * unit)
}

/** Indices of panels that begin at about the same height from the left, each column from top to bottom. */
const columnsOf = (panels, unit) => lined(panels, unit, 'left', 'top')

/** Indices of panels that begin at about the same height, each row from left to right. */
const rowsOf = (panels, unit) => lined(panels, unit, 'top', 'left')

/** Those that begin at about the same place one way, each line in the order of the other. */
function lined(panels, unit, one, other) {
  const order = [...panels.keys()].sort((a, b) => panels[a][one] - panels[b][one])
  const lines = []
  for (const index of order) {
    const last = lines.at(-1)
    if (last && panels[index][one] - panels[last[0]][one] < GAP * unit) last.push(index)
    else lines.push([index])
  }
  for (const line of lines) line.sort((a, b) => panels[a][other] - panels[b][other])
  return lines
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
