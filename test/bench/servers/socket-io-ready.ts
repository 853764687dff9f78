/** Socket.IO 4 that sends whoever comes as much as Chatter's `ready` does: Chatter's own view of its own tables. */
import { join } from 'node:path'
import { callerFor } from '../../../server/commands/caller.ts'
import { settingsFrom } from '../../../server/rules/settings.ts'
import { openSqlite } from '../../../server/store/sqlite/open.ts'
import { readyFor } from '../../../server/views/ready.ts'
import type { Scene } from '../scene.ts'
import { MemberLog } from './member-log.ts'
import type { OpenServer } from './open-server.ts'
import { populate } from './populate.ts'
import { serve } from './socket-io.ts'

const name = 'socket-io-ready'

export async function open(scene: Scene): Promise<OpenServer> {
  populate(scene, name).close()
  const stores = openSqlite({ folder: join(scene.folder, name), role: 'server', now: Date.now })
  const tenant = { id: 'default', settings: settingsFrom({}) }
  const store = stores.forTenant('default')
  const readyOf = async (user: string) => {
    const caller = callerFor({ me: { id: user, name: user }, tenant, store, isMember: () => true })
    return readyFor('hello', caller, await store.listMemberships(user))
  }
  const server = await serve(scene, new MemberLog(scene, name), readyOf)
  const stop = async () => {
    await server.stop?.()
    await stores.close()
  }
  return { ...server, stop }
}
