import { isDeepStrictEqual } from 'node:util'
import type { Result, Row } from '../result.ts'
import { compete } from '../rounds.ts'
import { roomOf, type Scene } from '../scene.ts'
import { scratch, startServer } from '../server-process.ts'
import { pageSize, reader } from './reader.ts'

/** In pages from the end; the last one is where a room of a million begins. */
const depths = [1, 100, 10_000, 20_000]

/** A page of fifty at the end of a room of a million, and far from it: never dearer, and hardly dearer than bare. */
export const history: Row = async ({ rounds, isQuick }) => {
  using folder = scratch()
  const total = isQuick ? 20_000 : 1_000_000
  const scene: Scene = { folder: folder.path, rooms: [roomOf(20)], history: total }
  await using chatter = await startServer('chatter', scene)
  await using keyset = await startServer('keyset', scene)
  const results: Result[] = []
  for (const depth of depths.filter((pages) => pages * pageSize <= total)) {
    const last = total - (depth - 1) * pageSize
    using ours = await reader('Chatter', chatter, last)
    using theirs = await reader('a bare keyset handler', keyset, last)
    using first = await reader('its page 1', chatter, total)
    if (!isDeepStrictEqual(await ours.read(), await theirs.read())) throw new Error('expected the same page')
    const rivals = [{ ...theirs, budget: { atMost: 1.5 } }]
    if (depth > 1) rivals.push({ ...first, budget: { atMost: 1.25 } })
    const what = `history, page ${depth.toLocaleString('en')}`
    results.push(...(await compete({ what, unit: 'ms, p50', rounds }, ours, rivals)))
  }
  return results
}
