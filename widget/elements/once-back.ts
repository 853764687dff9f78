/** What could not be asked while there was no connection is asked once that is back. */
import type { Fault } from '../state/state.ts'
import type { Host } from './host.ts'

/**
 * Calls `again` at the next connection, or when the browser is online again: the connection may have outlived that. Whether it
 * is still wanted, it must see itself.
 */
export function onceBack({ chat }: Pick<Host, 'chat'>, again: () => void): void {
  const run = () => {
    over()
    removeEventListener('online', run)
    again()
  }
  const over = chat.on('ready', run)
  addEventListener('online', run)
}

/** Nothing answered, and there is no connection either: it is asked for again by itself. */
export function isWaiting({ chat }: Pick<Host, 'chat'>, { code }: Fault): boolean {
  return code === 'offline' && chat.state.connection.status !== 'open'
}
