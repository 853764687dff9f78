import { join } from 'node:path'
import { readConfig } from '../../../server/config.ts'
import { start } from '../../../server/main.ts'
import { type Scene, secret } from '../scene.ts'
import type { OpenServer } from './child.ts'
import { populate } from './populate.ts'

/** Chatter as `npm run serve` starts it, without rate limits. */
export async function open(scene: Scene): Promise<OpenServer> {
  const db = populate(scene)
  const { url } = await start(
    readConfig({
      PORT: '0',
      CHATTER_DATA: join(scene.folder, 'chatter'),
      CHATTER_SECRET: secret,
      CHATTER_LIMITS: 'off',
      CHATTER_LOG: 'error',
    }),
  )
  const count = db.prepare<[], number>('SELECT count(*) FROM messages').pluck()
  return { port: Number(new URL(url).port), stored: () => count.get() ?? 0 }
}
