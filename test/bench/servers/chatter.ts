import { join } from 'node:path'
import pg from 'pg'
import { readConfig } from '../../../server/config.ts'
import { start } from '../../../server/main.ts'
import { makeWebhookSecret } from '../../../server/rules/webhooks.ts'
import { openPostgres } from '../../../server/store/postgres/open.ts'
import { openSqlite } from '../../../server/store/sqlite/open.ts'
import { SqliteWebhookLog } from '../../../server/store/sqlite/webhook-log.ts'
import { type Scene, secret } from '../scene.ts'
import { MessageCount } from './message-count.ts'
import type { OpenServer } from './open-server.ts'
import { populate } from './populate.ts'
import { populatePostgres } from './populate-postgres.ts'

/** Chatter as `chatter serve` starts it, from source and without rate limits. */
export async function open(scene: Scene): Promise<OpenServer> {
  const { postgres, redis } = scene
  const stored = postgres === undefined ? countSqlite(scene) : await countPostgres(postgres, scene)
  const logged = scene.webhook && (await addWebhook(scene))
  const { url, stop } = await start(
    readConfig({
      PORT: '0',
      CHATTER_DATA: join(scene.folder, 'chatter'),
      CHATTER_SECRET: secret,
      CHATTER_LIMITS: 'off',
      CHATTER_LOG: 'error',
      ...(postgres !== undefined && { DATABASE_URL: postgres }),
      ...(redis !== undefined && { REDIS_URL: redis }),
    }),
  )
  return {
    port: Number(new URL(url).port),
    stored,
    async stop() {
      await logged?.end()
      await stop()
    },
  }
}

async function addWebhook({ folder, rooms, postgres, webhook: how }: Scene): Promise<pg.Client | undefined> {
  const stores =
    postgres === undefined
      ? openSqlite({ folder: join(folder, 'chatter'), role: 'tool' })
      : await openPostgres({ url: postgres, role: 'tool' })
  const webhook = { tenant: 'default', id: 'bench', url: 'https://site.example/', createdAt: 0 }
  await stores.webhooks.add({ ...webhook, events: 'all', secrets: [makeWebhookSecret()] })
  // What happens is written down, and its delivery waits: that is another's time.
  const hold = { attempts: 1, nextAt: Date.now() + 3_600_000, why: 'the bench' }
  const held = rooms.map(({ id: room }) => ({ room, ...hold }))
  await stores.webhooks.holdRooms(webhook, held, { at: 0, old: 0 })
  await stores.close()
  if (how === 'sorted out') return undefined
  if (postgres === undefined) {
    SqliteWebhookLog.prototype.sortOut = () => false
    return undefined
  }
  // As if another server were always at it.
  const client = new pg.Client(postgres)
  await client.connect()
  await client.query(
    `SELECT pg_advisory_lock(hashtextextended('chatter webhook log ' || current_schema(), 0))`,
  )
  return client
}

function countSqlite(scene: Scene): () => number {
  const count = populate(scene).prepare<[], number>('SELECT count(*) FROM messages').pluck()
  return () => count.get() ?? 0
}

async function countPostgres(url: string, scene: Scene): Promise<() => Promise<number>> {
  await populatePostgres(url, scene)
  const count = await MessageCount.open(url)
  return () => count.now()
}
