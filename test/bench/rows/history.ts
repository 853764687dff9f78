import { isDeepStrictEqual } from 'node:util'
import { Pages } from '../client/pages.ts'
import { median, type Result, type Row } from '../result.ts'
import { type Contender, compete } from '../rounds.ts'
import { roomOf, type Scene, userName, uuid } from '../scene.ts'
import { type BenchServer, scratch, startServer } from '../server-process.ts'

const pageSize = 50
const requests = 300
/** In pages from the end; the last one is where a room of a million begins. */
const depths = [1, 100, 10_000, 20_000]

/** A page of fifty at the end of a room of a million, and far from it: never dearer, and hardly dearer than bare. */
export const history: Row = async ({ rounds, isQuick }) => {
  using folder = scratch()
  const total = isQuick ? 20_000 : 1_000_000
  const scene: Scene = { folder: folder.path, rooms: [roomOf(20)], history: total }
  await using chatter = await startServer('chatter', scene)
  await using keyset = await startServer('keyset', scene)
  const results: Result[] = []
  for (const depth of depths.filter((pages) => pages * pageSize <= total)) {
    const last = total - (depth - 1) * pageSize
    using ours = await reader('Chatter', chatter, last)
    using theirs = await reader('a bare keyset handler', keyset, last)
    using first = await reader('its page 1', chatter, total)
    if (!isDeepStrictEqual(await ours.read(), await theirs.read())) throw new Error('expected the same page')
    const rivals = [{ ...theirs, budget: { atMost: 1.5 } }]
    if (depth > 1) rivals.push({ ...first, budget: { atMost: 1.25 } })
    const what = `history, page ${depth.toLocaleString('en')}`
    results.push(...(await compete({ what, unit: 'ms, p50', rounds }, ours, rivals)))
  }
  return results
}

type Page = { messages: { seq: number }[] }
type Reader = Contender & Disposable & { read(): Promise<Page> }

/** Reads the page that ends with a message, again and again, on one connection. */
async function reader(name: string, server: BenchServer, last: number): Promise<Reader> {
  const pages = new Pages(server.port)
  const token = await server.token(userName(0))
  const path = `/v1/rooms/${uuid(1)}/messages?limit=${pageSize}&before=${last + 1}`
  const faults: string[] = []
  const read = async (): Promise<Page> => JSON.parse((await pages.get(path, token)).toString())
  return {
    name,
    read,
    faults: () => faults,
    async measure() {
      const times: number[] = []
      for (let request = 0; request < requests; request += 1) {
        const start = performance.now()
        await pages.get(path, token)
        times.push(performance.now() - start)
      }
      const { messages } = await read()
      if (messages.length !== pageSize || messages.at(-1)?.seq !== last) faults.push(`not the page asked for`)
      return median(times)
    },
    [Symbol.dispose]: () => pages[Symbol.dispose](),
  }
}
