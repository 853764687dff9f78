import type { Store } from '../../../server/store/store.ts'
import type { Contender } from '../rounds.ts'
import { line, userName, uuid } from '../scene.ts'

export const batchSize = 50
export const room = uuid(1)
export const author = userName(0)

/** Writes one batch, whose number its messages' ids are made of. */
export type Write = (batch: number) => unknown
export type Count = () => number | undefined | Promise<number>

let batches = 0

/** Writes batch after batch, and compares what was stored with it. */
export function writer(
  name: string,
  roundMs: number,
  { write, count }: { write: Write; count: Count },
): Contender {
  const faults: string[] = []
  return {
    name,
    faults: () => faults,
    async measure() {
      const before = (await count()) ?? 0
      const start = performance.now()
      let messages = 0
      for (; performance.now() - start < roundMs; messages += batchSize) await write(++batches)
      const seconds = (performance.now() - start) / 1000
      const stored = ((await count()) ?? 0) - before
      if (stored !== messages) faults.push(`stored ${stored} of ${messages}`)
      return messages / seconds
    },
  }
}

export const idOf = (batch: number, index: number) => uuid(batch * batchSize + index)

/** The batch as Chatter's store writes it. */
export function appendAll(store: Store, batch: number): Promise<unknown> {
  const appended = Array.from({ length: batchSize }, (_, index) =>
    store.append({ room, id: idOf(batch, index), author, text: line }),
  )
  return Promise.all(appended)
}
