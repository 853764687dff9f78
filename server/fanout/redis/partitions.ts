/**
 * Topics are hashed onto channels, the same on every node, and a node subscribes only to those that it holds a topic of
 * (subscriptions.ts). Rooms and users lie apart, so that nodes with few rooms do not hear those of others because they
 * have many users, and so does what every node hears.
 *
 * So many, because a node hears of others what shares a partition with its own: one with 2,000 rooms hears every ninth
 * room of the others, where with 4,096 it would be two in five. Each costs Redis about 200 bytes for each node that is
 * subscribed. And it is the number of slots of a Redis Cluster: a partition can become a channel of one slot.
 */
import { isOfUser, nodesTopic } from '../topics.ts'

const partitionsEach = 16_384
const system = 2 * partitionsEach

/** Rooms, then users, then the one that is for all nodes. */
export const partitionCount = system + 1

export function partitionOf(topic: string): number {
  if (topic === nodesTopic) return system
  const hash = hashOf(topic)
  // Folded: the lowest bits alone are the weakest of this hash.
  const place = (hash ^ (hash >>> 14)) & (partitionsEach - 1)
  return isOfUser(topic) ? partitionsEach + place : place
}

/** What its channel is called, within those of its database. */
export function partitionName(partition: number): string {
  if (partition === system) return 'nodes'
  return partition < partitionsEach ? `r${partition}` : `u${partition - partitionsEach}`
}

/** The partition of that name. */
export function partitionNamed(name: string): number {
  if (name === 'nodes') return system
  return Number(name.slice(1)) + (name.startsWith('u') ? partitionsEach : 0)
}

/** FNV-1a: any hash would do, if it is cheap and the same on every node. */
export function hashOf(topic: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < topic.length; at++) hash = Math.imul(hash ^ topic.charCodeAt(at), 0x01000193)
  return hash
}
