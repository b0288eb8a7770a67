// The page can be used by everyone: no serious finding of axe-core before and after an explanation, everything by
// keyboard, changes said aloud, colours that colour-blind people tell apart, and all of it where the system chooses the colours.
// More of axe-core: languages.test.mjs.

import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { seriousFindings } from './support/access.mjs'
import { untilNamed } from './support/looking.mjs'
import { coloured, coloursIn, part, pictureOf } from './support/pictures.mjs'
import { bundleName, choose, explain, launch, open, pressExplain } from './support/site.mjs'

let browser
before(async () => (browser = await launch()))
after(() => browser?.close())

it('has no serious finding of axe-core', async (test) => {
  const site = await open(browser, { query: `?bundle=${bundleName}&backend=cpu` })
  test.after(site.close)
  assert.deepEqual(await seriousFindings(site.page), [], 'before an explanation')
  await explain(site.page)
  assert.deepEqual(await seriousFindings(site.page), [], 'after an explanation')
})

it('fits a narrow screen', async (test) => {
  const site = await open(browser)
  test.after(site.close)
  await site.page.setViewportSize({ width: 360, height: 740 })
  const overflow = await site.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.ok(overflow <= 0, `${overflow} px too wide`)
})

/** Numbers all that can be operated, and resolves to what has which number; of radio buttons the chosen one, as the keyboard does. */
const numberControls = (page) =>
  page.evaluate(() => {
    const all = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
    const isReachable = (element) =>
      element.tabIndex >= 0 && !element.disabled && element.checkVisibility({ visibilityProperty: true }) && !(element.type === 'radio' && !element.checked)
    return all.filter(isReachable).map((element, index) => {
      element.dataset.control = index
      return element.id || element.getAttribute('aria-label') || element.outerHTML.slice(0, 80)
    })
  })

it('can be operated by keyboard alone, in the order of the page', async (test) => {
  const site = await open(browser, { query: `?bundle=${bundleName}` })
  test.after(site.close)
  const { page } = site
  await untilNamed(page)
  const names = await numberControls(page)
  assert.ok(names.length > 30, `only ${names.length} controls`)
  const reached = []
  for (let press = 0; press < names.length + 5; press += 1) {
    await page.keyboard.press('Tab')
    const number = await page.evaluate(() => document.activeElement.dataset.control)
    if (number !== undefined) reached.push(Number(number))
  }
  const order = reached.slice(0, names.length)
  assert.deepEqual(names.filter((_, index) => !order.includes(index)), [], 'out of reach')
  assert.deepEqual(order, [...order].sort((a, b) => a - b), 'not in the order of the page')

  // One thing of each kind: a list of tabs, a menu, a group of choices, a dialog.
  await page.locator('#tab-regions').focus()
  await page.keyboard.press('ArrowRight')
  assert.ok(await page.getByTestId('cohort').isVisible())
  await page.keyboard.press('End')
  assert.ok(await page.getByTestId('model-card').isVisible())
  await page.locator('#exports summary').focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.dataset.export), 'png')
  await page.locator('input[name=mode]:checked').focus()
  await page.keyboard.press('ArrowRight')
  await page.getByTestId('comparing').waitFor()
  await page.getByTestId('diagnostics').focus()
  await page.keyboard.press('Enter')
  assert.ok(await page.getByTestId('diagnostics-text').isVisible())
  await page.keyboard.press('Escape')
  assert.ok(await page.getByTestId('diagnostics-text').isHidden())
  assert.deepEqual(site.errors, [])
})

/** Notes what screen readers hear from now on: the texts of live regions, as they change and where they are on the screen. */
const listenIn = (page) =>
  page.evaluate(() => {
    window.heard = []
    const hear = () => {
      for (const region of document.querySelectorAll('[aria-live], [role=status], [role=alert]')) {
        const said = region.checkVisibility() ? region.textContent.trim() : ''
        const last = window.heard.findLast(({ element }) => element === region)?.said ?? ''
        if (said !== last) window.heard.push({ element: region, said, isAlert: region.getAttribute('role') === 'alert' })
      }
    }
    hear()
    new MutationObserver(hear).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true })
  })
const heard = (page) => page.evaluate(() => window.heard.map(({ said, isAlert }) => ({ said, isAlert })))

it('says aloud what happens, and what went wrong', async (test) => {
  const site = await open(browser, { query: `?bundle=${bundleName}&backend=cpu` })
  test.after(site.close)
  const { page } = site
  await listenIn(page)
  await explain(page)
  const polite = (await heard(page)).filter(({ isAlert }) => !isAlert).map(({ said }) => said)
  assert.match(polite[0], /^Showing “.+”\.$/)
  assert.ok(polite.some((said) => /model/i.test(said)) && polite.length >= 4, `heard only ${polite}`)
  assert.match(polite.at(-1), /explained|computed|done/i)
  assert.deepEqual((await heard(page)).filter(({ isAlert, said }) => isAlert && said), [], 'an alarm without a fault')
  await choose(page, { name: 'notes.nii', mimeType: 'text/plain', buffer: Buffer.from('only words') })
  assert.match(await pressExplain(page), /notes\.nii/)
  const alarms = (await heard(page)).filter(({ isAlert, said }) => isAlert && said)
  assert.ok(alarms.length === 1 && alarms[0].said.includes('notes.nii'), JSON.stringify(alarms))
})

it('shows losses and gains in colours that colour-blind people tell apart', async (test) => {
  const site = await open(browser)
  test.after(site.close)
  const { page } = site
  const device = await page.context().newCDPSession(page)
  const bar = page.getByTestId('panel-difference').locator('.ramp')
  for (const type of ['none', 'deuteranopia', 'protanopia', 'tritanopia']) {
    await device.send('Emulation.setEmulatedVisionDeficiency', { type })
    const picture = await pictureOf(bar)
    for (const share of [0.1, 0.2, 0.3]) {
      const [loss, gain] = [share, 1 - share].map((left) => part(picture, { left, right: left + 0.05, top: 0.4, bottom: 0.6 }).data.subarray(0, 3))
      const distance = Math.hypot(...loss.map((value, channel) => value - gain[channel]))
      assert.ok(distance > 60, `${type}: ${[...loss]} and ${[...gain]}`)
    }
  }
})

for (const colorScheme of ['dark', 'light']) {
  it(`shows what is chosen, bars and scales where the system chooses the colours (${colorScheme})`, async (test) => {
    const site = await open(browser, { profile: { forcedColors: 'active', colorScheme } })
    test.after(site.close)
    const { page } = site
    const ground = async (locator) => coloured(await pictureOf(locator))
    assert.ok((await ground(page.locator('#tab-regions'))) > 0.5, 'the open tab')
    assert.ok((await ground(page.locator('#tab-cohort'))) < 0.1, 'another tab')
    assert.ok((await ground(page.locator('input[value=side] + span'))) > 0.5, 'the chosen view')
    assert.ok((await ground(page.locator('input[value=compare] + span'))) < 0.1, 'another view')
    assert.ok((await ground(page.getByTestId('regions').locator('.amount').first())) > 0.5, 'the bar of a region')
    assert.ok(coloursIn(await pictureOf(page.getByTestId('panel-difference').locator('.ramp'))) > 20, 'the scale of the difference')
    const dial = await pictureOf(page.locator('#dial-age'))
    const [before, behind] = [{ right: 0.1 }, { left: 0.9 }].map((place) => coloured(part(dial, place)))
    assert.ok(before > 0.15 && behind < 0.02, `the dial: ${before} and ${behind}`)

    await page.getByTestId('lessons-open').click()
    const option = page.locator('.option')
    await option.nth(1).click()
    await page.mouse.move(0, 0)
    assert.ok((await ground(option.nth(1))) > 0.5, 'what was predicted')
    assert.ok((await ground(option.nth(2))) < 0.1, 'what was not predicted')
    await page.locator('.lesson-list summary').click()
    assert.ok((await ground(page.locator('.lesson-list [aria-current]'))) > 0.5, 'the open lesson')
    assert.ok((await ground(page.locator('.lesson-list .link:not([aria-current])').first())) < 0.1, 'another lesson')
  })
}
