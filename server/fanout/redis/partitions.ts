/** Topics are hashed onto a few fixed channels, the same on every node. */
export const partitionCount = 64

/** FNV-1a: any hash would do, if it is cheap and the same on every node. */
export function partitionOf(topic: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < topic.length; at++) hash = Math.imul(hash ^ topic.charCodeAt(at), 0x01000193)
  return (hash >>> 16) % partitionCount
}
