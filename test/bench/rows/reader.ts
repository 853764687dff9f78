import { Pages } from '../client/pages.ts'
import { median } from '../result.ts'
import type { Contender } from '../rounds.ts'
import { userName, uuid } from '../scene.ts'
import type { BenchServer } from '../server-process.ts'

export const pageSize = 50
const requests = 300

type Page = { messages: { seq: number; replyTo?: unknown; reactions?: { count: number }[] }[] }
type Reader = Contender & Disposable & { read(): Promise<Page> }

/** Reads the page that ends with a message, again and again, on one connection. */
export async function reader(
  name: string,
  server: BenchServer,
  last: number,
  { room = uuid(1), user = userName(0) } = {},
): Promise<Reader> {
  const pages = new Pages(server.port)
  const token = await server.token(user)
  const path = `/v1/rooms/${room}/messages?limit=${pageSize}&before=${last + 1}`
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
