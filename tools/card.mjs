// Makes static/preview/card.jpg, the picture that other sites show for a link to the page (web/previews.mjs): the first view of
// the built page, as it stands in a frame. Needs `make site` and what `make test-browser` installs. Run: node tools/card.mjs

import { mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { untilNamed } from '../tests/browser/support/looking.mjs'
import { launch, open, repository } from '../tests/browser/support/site.mjs'

const PATH = join(repository, 'static/preview/card.jpg')
/** What most sites show whole. */
const viewport = { width: 1200, height: 630 }
/** Nothing that is to be used, and the name. */
const STYLE = `
  html { overflow: hidden }
  .embedded :is(.dial, .doing, .enlarge, #embed-out, .masthead-tools) { display: none !important }
  .embedded .masthead { display: flex !important }
`

const browser = await launch()
const { page, close } = await open(browser, { query: '#v=1&embed=1&lang=en', profile: { viewport, colorScheme: 'light', bypassCSP: true } })
await untilNamed(page)
await page.addStyleTag({ content: STYLE })
await page.waitForTimeout(1000)
mkdirSync(dirname(PATH), { recursive: true })
await page.screenshot({ path: PATH, type: 'jpeg', quality: 85 })
await close()
await browser.close()
console.log(`${PATH}: ${viewport.width} × ${viewport.height}, ${statSync(PATH).size} bytes`)
