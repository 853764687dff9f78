/** What could not be asked while there was no connection is asked once that is back. */
import type { Fault } from '../state/state.ts'
import type { Host } from './host.ts'

/** Calls `again` at the next connection. Whether that is still wanted, it must see itself. */
export function onceBack({ chat }: Pick<Host, 'chat'>, again: () => void): void {
  const over = chat.on('ready', () => {
    over()
    again()
  })
}

/** Nothing answered, and there is no connection either: it is asked for again by itself. */
export function isWaiting({ chat }: Pick<Host, 'chat'>, { code }: Fault): boolean {
  return code === 'offline' && chat.state.connection.status !== 'open'
}
