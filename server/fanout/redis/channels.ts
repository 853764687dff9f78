/**
 * The channels of one database, and the mark by which its servers know each other. Redis' pub/sub knows no numbered
 * databases, and any number of Chatters may share one Redis: by what their channels are called they do not hear each
 * other, and by the mark what comes from a stranger all the same is told apart.
 */
import { hash } from 'node:crypto'
import { partitionName, partitionNamed } from './partitions.ts'

/** Of `Stores`: the database whose servers are to hear each other. */
export type Database = {
  readonly identity: string
  readonly epoch: string
}

export type Channels = {
  ofPartition(partition: number): string
  /** The partition of one of these channels. */
  partitionOf(channel: string): number
  readonly heartbeats: string
  /** Where builds up to 2026-11-29 heartbeat, whatever their database (earlier-builds.ts). */
  readonly earlierHeartbeats: string
}

/** Bytes: so many that no two databases have the same by chance. */
const idBytes = 12

export function channelsOf(prefix: string, { identity }: Database): Channels {
  const own = `${prefix}:${digest(identity)}`
  return {
    ofPartition: (partition) => `${own}:${partitionName(partition)}`,
    partitionOf: (channel) => partitionNamed(channel.slice(own.length + 1)),
    heartbeats: `${own}:beat`,
    earlierHeartbeats: `${prefix}:beat`,
  }
}

/**
 * What servers of this database put into all they publish. The epoch is part of it: a copy of the whole disk has the
 * identity of its original too, until one of them renews its epoch.
 */
export function markReader(database: Database): () => string {
  let epoch: string | undefined
  let mark = ''
  return () => {
    // Asked for with each batch, and hardly ever another one.
    if (epoch !== database.epoch) {
      epoch = database.epoch
      mark = digest(`${database.identity} ${epoch}`)
    }
    return mark
  }
}

const digest = (text: string): string =>
  hash('sha256', text, 'buffer').subarray(0, idBytes).toString('base64url')
