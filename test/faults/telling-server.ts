/** A server as `chatter serve` makes it on SQLite, or Postgres, whose webhooks may be on this machine. Its argument: the folder, or the URL. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createChatter } from '../../server/app.ts'
import { createOutbound } from '../../server/outbound/outbound.ts'
import { openPostgres } from '../../server/store/postgres/open.ts'
import { openSqlite } from '../../server/store/sqlite/open.ts'
import { pemOf } from '../certificates/certificates.ts'
import { secret } from '../support/server.ts'

const [, , place = ''] = process.argv
const stores =
  place.startsWith('postgres:') || place.startsWith('postgresql:')
    ? await openPostgres({ url: place })
    : openSqlite({ folder: place })
const ca = readFileSync(pemOf('authority'), 'utf8')
const outbound = createOutbound({ isAllowed: () => true, ca, timeoutMs: 2_000 })
const chatter = await createChatter({ stores, secrets: [secret], isLimited: false, outbound })
const server = createServer(chatter.listener)
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
