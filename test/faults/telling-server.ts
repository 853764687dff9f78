/** A server as `chatter serve` makes it on SQLite, whose webhooks may be on this machine. Its arguments: the folder, and a port or 0. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createChatter } from '../../server/app.ts'
import { createOutbound } from '../../server/outbound/outbound.ts'
import { openSqlite } from '../../server/store/sqlite/open.ts'
import { pemOf } from '../certificates/certificates.ts'
import { secret } from '../support/server.ts'

const [, , folder = ''] = process.argv
const stores = openSqlite({ folder })
const ca = readFileSync(pemOf('authority'), 'utf8')
const outbound = createOutbound({ isAllowed: () => true, ca, timeoutMs: 2_000 })
const chatter = await createChatter({ stores, secrets: [secret], isLimited: false, outbound })
const server = createServer(chatter.listener)
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
