// The plan of an exported picture without a browser.

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { contentWidth, planPicture, wrapped } from '../src/picture-layout.js'

const panel = (left, top, width = 300, height = 400) => ({ left, top, width, height, unitLabel: true })
const CASES = {
  'four in a row': [panel(0, 0), panel(320, 0), panel(640, 0), panel(960, 0)],
  'two by two': [panel(0, 0), panel(320, 0), panel(0, 500), panel(320, 500)],
  'one large and three small': [panel(900, 0, 200, 270), panel(0, 0, 880, 1100), panel(900, 400, 200, 270), panel(900, 800, 200, 270)],
  'a wide one below two': [panel(0, 0), panel(310, 0), panel(0, 500, 610, 800)],
  'one': [panel(10, 90, 1200, 440)]
}

for (const [name, panels] of Object.entries(CASES)) {
  for (const unit of [1, 2]) {
    it(`places ${name} apart and within the picture, ${unit} device pixels to one`, () => {
      const plan = planPicture({ panels, titleLines: 1, footerLines: 2, unit })
      const boxes = plan.cells.map(({ heading, image, unitLabel }) => {
        assert.ok(heading.y < image.y && image.y + image.height < unitLabel.y)
        return [image.x, heading.y, image.x + image.width, unitLabel.y + 12 * unit]
      })
      assert.equal(boxes.length, panels.length)
      for (const [left, top, right, bottom] of boxes) {
        assert.ok(left >= 0 && top >= plan.title.y + 19 * unit && right <= plan.width && bottom <= plan.footer.y)
      }
      const apart = ([a, b, c, d], [e, f, g, h]) => c <= e || g <= a || d <= f || h <= b
      boxes.forEach((box, index) => boxes.slice(index + 1).forEach((other) => assert.ok(apart(box, other))))
      assert.ok(plan.footer.y + 2 * plan.footer.lineHeight <= plan.height)
      assert.ok(contentWidth(panels, unit) < plan.width)
    })
  }
}

it('puts a wide panel below those that it is as wide as', () => {
  const panels = CASES['a wide one below two']
  const { cells, width } = planPicture({ panels, titleLines: 0, footerLines: 0, unit: 1 })
  assert.equal(cells[0].image.y, cells[1].image.y)
  assert.ok(cells[1].image.x < cells[0].image.x + 330 && cells[2].image.y > cells[0].image.y + 400)
  assert.ok(width < 610 + 100, `${width} px wide`)
})

it('keeps the columns of the page, each from top to bottom', () => {
  const { cells } = planPicture({ panels: CASES['one large and three small'], titleLines: 0, footerLines: 0, unit: 1 })
  assert.ok(cells[1].image.x < cells[0].image.x)
  assert.equal(cells[0].image.x, cells[2].image.x)
  assert.ok(cells[0].image.y < cells[2].image.y && cells[2].image.y < cells[3].image.y)
})

it('breaks text between words, and between signs that are not spaced', () => {
  const measure = (text) => [...text].length
  assert.deepEqual(wrapped('Not for diagnosis at all', measure, 10), ['Not for', 'diagnosis', 'at all'])
  assert.deepEqual(wrapped('診断用ではありません', measure, 4), ['診断用で', 'はありま', 'せん'])
  assert.deepEqual(wrapped('MNI 10 右尾状核', measure, 8), ['MNI 10 右', '尾状核'])
  assert.deepEqual(wrapped('of sha256:0123456789', measure, 8), ['of sha25', '6:012345', '6789'])
  assert.deepEqual(wrapped('', measure, 8), [])
})
