/**
 * The two chunks that show a chat, which the element asks for when they are wanted. The server may be another build by then,
 * and no longer have those of this one: both are then taken from the build that it has.
 */

/** Marks a `chatter.js` that was asked for its chunks only. */
export const anew = 'anew'

/** Of one build: the panel knows the insides of the chat. */
export type Chunks = typeof chunks

export const chunks = {
  /** Other numbers do not fit: raised when an element of an earlier build could not use these chunks any more. */
  fit: 1,
  chat: () => import('./chat-events.ts'),
  panel: () => import('./elements/panel/panel.ts'),
}

/** While servers are replaced one after the other, chunk and `chatter.js` may come from different ones. */
const retryAfterMs = [0, 1_000, 5_000, 20_000]

/** Where all elements of the page load from. */
let current = chunks

/**
 * A chunk of this build, or of the newest one. Rejects with the first error where neither can be loaded.
 * @param origin where `chatter.js` lies
 */
export async function loadChunk<T>(load: (from: Chunks) => Promise<T>, origin: string): Promise<T> {
  try {
    return await load(current)
  } catch (error) {
    for (const waitMs of retryAfterMs) {
      await new Promise((resolve) => setTimeout(resolve, waitMs))
      try {
        const newest = await newestChunks(origin)
        const chunk = await load(newest)
        current = newest
        return chunk
      } catch {}
    }
    throw error
  }
}

let times = 0

/** Of the script that the server has now. Under another address, because a browser loads none twice. */
async function newestChunks(origin: string): Promise<Chunks> {
  const { ChatterWidget } = await import(/* @vite-ignore */ `${origin}chatter.js?${anew}=${++times}`)
  if (ChatterWidget.chunks?.fit !== chunks.fit) throw new Error('chatter-widget: reload the page')
  return ChatterWidget.chunks
}
