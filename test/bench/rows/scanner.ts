import { scanLinks } from '../../../widget/elements/timeline/link-scanner.ts'
import type { Row } from '../result.ts'
import { type Contender, compete, type Rival } from '../rounds.ts'

/** As long as a message may be. */
const chars = 8_000
const fill = (piece: string) => piece.repeat(Math.ceil(chars / piece.length)).slice(0, chars)
const ordinary = fill('We meet at eight, see https://example.org/plan?day=4 or write to me@example.org. ')
/** The first is the text that once held up a page for 18 s. */
const hostile = [
  `https://x${'.'.repeat(2_000)}x${')'.repeat(2_000)}`.padEnd(chars, '.)'),
  fill('https:/'),
  fill('h@'),
  fill('https://[x'),
  fill('www.a@'),
]

/** The links of the worst message of 8,000 characters, against those of one that people write. */
export const scanner: Row = ({ rounds, roundMs }) => {
  const rival: Rival = { ...scans('a text that people write', [ordinary], roundMs), budget: { atMost: 8 } }
  return compete(
    { what: 'the links of a hostile text', unit: 'ms a message', rounds },
    scans('Chatter', hostile, roundMs),
    [rival],
  )
}

/** Milliseconds for the slowest of the texts. */
function scans(name: string, texts: readonly string[], roundMs: number): Contender {
  return {
    name,
    async measure() {
      const each = texts.map((text) => {
        const start = performance.now()
        let times = 0
        for (; performance.now() - start < roundMs / texts.length; times += 1) scanLinks(text)
        return (performance.now() - start) / times
      })
      return Math.max(...each)
    },
  }
}
