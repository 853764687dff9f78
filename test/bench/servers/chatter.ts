import { join } from 'node:path'
import { readConfig } from '../../../server/config.ts'
import { start } from '../../../server/main.ts'
import { type Scene, secret } from '../scene.ts'
import { MessageCount } from './message-count.ts'
import type { OpenServer } from './open-server.ts'
import { populate } from './populate.ts'
import { populatePostgres } from './populate-postgres.ts'

/** Chatter as `chatter serve` starts it, from source and without rate limits. */
export async function open(scene: Scene): Promise<OpenServer> {
  const { postgres, redis } = scene
  const stored = postgres === undefined ? countSqlite(scene) : await countPostgres(postgres, scene)
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
  return { port: Number(new URL(url).port), stored, stop }
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
