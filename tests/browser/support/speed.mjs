// How fast this computer runs scripts, so that a slow computer can be imitated by its speed and not by a fixed share of
// whatever this one happens to be.

/** Of a slow laptop. A high-end desktop has 1500 to 2000 on this scale, a phone of the middle about 1000, a cheap one 264
 * (Chrome DevTools, CalibrationController; Lighthouse, docs/throttling.md). */
export const SLOW_SCORE = 400
/** Runs of the yardstick; the middle counts. The first, before the browser has compiled it, does not. */
const RUNS = 5

/** The yardstick of Lighthouse's benchmark index in its two halves: strings that are thrown away, and numbers that are moved. */
const score = () => {
  const perSecond = (work) => {
    const start = performance.now()
    let rounds = 0
    while (performance.now() - start < 250) {
      work()
      rounds += 1
    }
    return rounds / ((performance.now() - start) / 1000)
  }
  const strings = perSecond(() => {
    let text = ''
    for (let letter = 0; letter < 10_000; letter += 1) text += 'a'
    return text.length
  })
  const places = Array.from({ length: 100_000 }, (_, place) => place)
  const copy = [...places]
  const numbers = perSecond(() => {
    for (let place = 0; place < places.length; place += 1) copy[place] = places[place]
  })
  return (strings + numbers) / 20
}

/** By how much a page of this browser must be slowed down to run as on a slow laptop. */
export async function slowdown(browser) {
  const context = await browser.newContext()
  const page = await context.newPage()
  const scores = []
  for (let run = 0; run <= RUNS; run += 1) scores.push(await page.evaluate(score))
  await context.close()
  const middle = scores.slice(1).sort((a, b) => a - b)[RUNS >> 1]
  return { score: Math.round(middle), rate: Math.max(1, middle / SLOW_SCORE) }
}
