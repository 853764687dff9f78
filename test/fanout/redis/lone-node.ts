/**
 * A node in a process of its own, for tests that kill it or stop it. It says on standard output what it hears, and
 * closes when its standard input ends.
 */
import { pino } from 'pino'
import { createRedisFanout } from '../../../server/fanout/redis/fanout.ts'
import { aDatabase } from './a-database.ts'

const [, , url = '', prefix = ''] = process.argv
const fanout = await createRedisFanout({ url, prefix, database: aDatabase, log: pino({ level: 'silent' }) })
let last = ''
setInterval(() => {
  const { isUp, peers, missing } = fanout.hearing() ?? {}
  const line = `${isUp ? 'up' : 'down'} peers=${peers} missing=${missing}`
  if (line !== last) console.log(line)
  last = line
}, 20).unref()
process.stdin.resume().once('end', () => void fanout.close())
