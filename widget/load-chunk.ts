/**
 * Loads what is wanted later. The server may be another build by then, and no longer have the chunks of this one: each of
 * them is then taken from the build that it has.
 */

/** Marks a `chatter.js` that was asked for its chunks only. */
export const anew = 'anew'

/** Other numbers do not fit: raised when an element of an earlier build could not use these chunks any more. */
export const fit = 1

/** Each loads a chunk. Builds find them in each other by these names. */
type Chunks = Readonly<Record<string, unknown>>

/** Where `chatter.js` lies, which says so. */
export const script = { origin: '' }

/** Milliseconds before each further attempt. One is enough where somebody is told, and may ask again. */
const once = [0]
/** While servers are replaced one after the other, chunk and `chatter.js` may come from different ones. */
export const patiently = [0, 1_000, 5_000, 20_000]

/** Those who wait before they ask once more. */
const waiting = new Set<() => void>()

/** Whoever waits for a chunk asks for it now. */
export function hurryChunks(): void {
  for (const go of waiting) go()
  waiting.clear()
}

/** Where all elements of the page load from, once something of their own was gone. */
let newest: Chunks = {}

/**
 * A chunk of this build, or of the newest one. Rejects with the first error where neither can be loaded.
 * @param own loads that of this build
 * @param onMiss is called each time that neither could be, while it is asked for again
 */
export async function loadChunk<T>(
  name: string,
  own: () => Promise<T>,
  retryAfterMs: readonly number[] = once,
  onMiss?: () => void,
): Promise<T> {
  const chunkOf = (chunks: Chunks) => (chunks[name] as typeof own | undefined)?.()
  try {
    return await (chunkOf(newest) ?? own())
  } catch (error) {
    for (const waitMs of retryAfterMs) {
      await new Promise<void>((resolve) => {
        waiting.add(resolve)
        setTimeout(resolve, waitMs)
      })
      try {
        const found = await newestChunks()
        const chunk = await chunkOf(found)
        if (chunk) {
          newest = found
          return chunk
        }
      } catch {}
      onMiss?.()
    }
    throw error
  }
}

let times = 0

/** Of the script that the server has now. Under another address, because a browser loads none twice. */
async function newestChunks(): Promise<Chunks> {
  const { ChatterWidget } = await import(/* @vite-ignore */ `${script.origin}chatter.js?${anew}=${++times}`)
  if (ChatterWidget.chunks?.fit !== fit) throw new Error('chatter-widget: reload the page')
  return ChatterWidget.chunks
}
