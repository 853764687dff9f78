import type { Database } from '../../../server/fanout/redis/channels.ts'

/** What a fan-out wants to know of a database that no test of it asks anything. */
export const aDatabase = { identity: 'a database', epoch: 'an epoch' } satisfies Database
