/** What runs in the page: it lets a contender work, and says when the reader could see it. */
import type { Said } from './contender.ts'

const words =
  'the harbour was quiet when she arrived and nobody had told him about the second telescope that stood by the window all night'.split(
    ' ',
  )

/** Texts of one to forty words, the same in every run; every ninth has a link, every seventh an emoji. */
function said(number: number, mine = number % 3 === 0): Said {
  const length = 1 + ((number * 7919) % 40)
  const text = Array.from({ length }, (_, at) => words[(number * 31 + at * 17) % words.length])
  if (number % 9 === 0) text.push('https://example.org/page')
  if (number % 7 === 0) text.push('🙂')
  const at = new Date(Date.UTC(2026, 10, 20) + number * 60_000).toISOString()
  return {
    id: `message ${number}`,
    mine,
    author: mine ? 'Ana' : 'Sam',
    text: `${number} ${text.join(' ')}`,
    at,
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => said(from + at))
/** Numbers of messages that are there at the start; what arrives is counted from here. */
const start = 100_000
let arrived = 0

function task(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => resolve()
    port2.postMessage(undefined)
  })
}

const frame = () => new Promise<void>((resolve) => requestAnimationFrame(() => resolve()))

/** After the frame in which it is so: the first task after its paint. */
async function painted(isSo: () => boolean): Promise<number> {
  for (;;) {
    await frame()
    if (isSo()) break
  }
  await task()
  return performance.now()
}

const begins = (text: string | undefined, number: number) =>
  text?.trimStart().startsWith(`${number} `) ?? false

const instruments = {
  /** Shows a chat with so many messages; until its newest was painted, from the start of the page. Milliseconds. */
  async mount(count: number): Promise<number> {
    const box = document.createElement('main')
    document.body.append(box)
    await window.contender.mount(box, range(start - count, start))
    return painted(() => begins(window.contender.last(), start - 1) && window.contender.input() !== null)
  },

  /** So many messages, each in a task of its own. Until the last was painted, where that can be seen. Milliseconds. */
  async receive(count: number, isSeen: boolean): Promise<number> {
    const from = performance.now()
    for (let left = count; left > 0; left--) {
      window.contender.receive(said(start + arrived++, false))
      await task()
    }
    if (isSeen) return (await painted(() => begins(window.contender.last(), start + arrived - 1))) - from
    await frame()
    await frame()
    return performance.now() - from
  },

  /** Earlier messages, until the newest of them is in the DOM and was painted. Milliseconds. */
  async prepend(count: number, held: number): Promise<number> {
    const from = performance.now()
    const first = window.contender.first()
    await window.contender.prepend(range(start - held - count, start - held))
    return (await painted(() => window.contender.first() !== first)) - from
  },

  /** Somewhere in the middle of what is loaded. */
  async scrollUp(): Promise<void> {
    const scroller = window.contender.scroller()
    if (!scroller) throw new Error('nothing scrolls')
    scroller.scrollTop -= Math.min(3_000, scroller.scrollTop / 2)
    await frame()
    await frame()
  },

  focus(): void {
    window.contender.input()?.focus()
  },

  /** From the next press of Enter until the message was painted, in milliseconds. Whoever asks has waited for it. */
  sent(text: string): () => Promise<number> {
    const time = new Promise<number>((resolve) => {
      const onKey = async ({ key, timeStamp }: KeyboardEvent) => {
        if (key !== 'Enter') return
        window.removeEventListener('keydown', onKey, true)
        resolve((await painted(() => window.contender.last()?.includes(text) ?? false)) - timeStamp)
      }
      window.addEventListener('keydown', onKey, true)
    })
    return () => time
  },

  /** Counts frames that came too late, from now until it is asked. */
  countDropped(): () => number {
    let dropped = 0
    let before = performance.now()
    let isOver = false
    const next = (now: number) => {
      dropped += Math.max(0, Math.round((now - before) / (1000 / 60)) - 1)
      before = now
      if (!isOver) requestAnimationFrame(next)
    }
    requestAnimationFrame((now) => {
      before = now
      requestAnimationFrame(next)
    })
    return () => {
      isOver = true
      return dropped
    }
  },

  /** The longest time from a key until its frame was painted, from now until it is asked. Milliseconds. */
  worstKey(): () => Promise<number> {
    let worst = 0
    let last: Promise<void> = Promise.resolve()
    const onKey = ({ timeStamp }: KeyboardEvent) => {
      last = painted(() => true).then((at) => {
        worst = Math.max(worst, at - timeStamp)
      })
    }
    window.addEventListener('keydown', onKey, true)
    return async () => {
      window.removeEventListener('keydown', onKey, true)
      await last
      return worst
    }
  },

  place(): { x: number; y: number } {
    const {
      left = 0,
      top = 0,
      width = 0,
      height = 0,
    } = window.contender.scroller()?.getBoundingClientRect() ?? {}
    return { x: left + width / 2, y: top + height / 2 }
  },
}

export type Instruments = typeof instruments

declare global {
  interface Window {
    instruments: Instruments
    /** What was begun and is asked for later. */
    counted: () => number | Promise<number>
  }
}
window.instruments = instruments
