import type { Redis } from 'ioredis'
import type { Host } from '../redis-address.ts'
import { reasonOf } from './log.ts'
import { isRefusal } from './refusal.ts'

/**
 * The primary, as the first Sentinel says that knows it. Rejects with what each of them said or did not say.
 * Asked one after the other: Sentinels may disagree for a while, and the quickest to answer need not be the one that is right.
 */
export async function primaryOf(
  name: string,
  sentinels: readonly Host[],
  clientOf: (sentinel: Host) => Redis,
  isWanted: () => boolean,
): Promise<Host> {
  const faults: string[] = []
  const refusals: unknown[] = []
  for (const sentinel of sentinels) {
    if (!isWanted()) break
    try {
      const primary = await ask(clientOf(sentinel), name)
      if (primary) return primary
      faults.push('no Sentinel knows that name')
    } catch (error) {
      if (error instanceof Error && isRefusal(error)) refusals.push(error)
      faults.push(`Sentinel ${sentinel.host}:${sentinel.port}: ${reasonOf(error)}`)
    }
  }
  // One that is only away may know this node.
  const cause = refusals.length === faults.length ? refusals[0] : undefined
  throw new Error([...new Set(faults)].join(', '), { cause })
}

async function ask(redis: Redis, name: string): Promise<Host | undefined> {
  let fault: Error | undefined
  redis.on('error', (error: Error) => {
    fault ??= error
  })
  try {
    await redis.connect()
    const answer = await redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)
    if (!Array.isArray(answer)) return undefined
    const [host, port] = answer
    return { host: String(host), port: Number(port) }
  } catch (error) {
    // The error said why, where the failed command only knows that it failed.
    throw fault ?? error
  } finally {
    redis.disconnect()
  }
}
