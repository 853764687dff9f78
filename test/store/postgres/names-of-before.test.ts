import { after, before } from 'node:test'
import pg from 'pg'
import { openPostgres } from '../../../server/store/postgres/open.ts'
import { type PostgresServer, perform, startPostgres } from '../../support/postgres.ts'
import { earlierNamePromises } from '../names-of-before.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server.stop())

earlierNamePromises(async () => {
  const url = await server.newDatabase()
  const open = () => openPostgres({ url, role: 'server', now: Date.now })
  let reader: pg.Client | undefined
  return {
    // Two of them at once; the first is answered, the other does its part and goes.
    async open() {
      const [stores, other] = await Promise.all([open(), open()])
      const { close } = stores
      return { ...stores, close: async () => void (await Promise.all([close(), other.close()])) }
    },
    perform: (statement) => perform(url, statement),
    async ask(statement) {
      if (!reader) {
        reader = new pg.Client(url)
        await reader.connect()
      }
      const { rows } = await reader.query({ text: statement, rowMode: 'array' })
      return rows[0]?.[0]
    },
    remove: async () => reader?.end(),
  }
})
