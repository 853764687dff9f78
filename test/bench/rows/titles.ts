import type { ServerName } from '../servers/child.ts'

/** What the table calls them. */
export const titles: { readonly [N in ServerName]: string } = {
  chatter: 'Chatter',
  bare: 'the practical limit',
  naive: 'a naive loop',
  'socket-io': 'Socket.IO 4',
  'socket-io-ready': 'Socket.IO 4, sending as much',
  keyset: 'a bare keyset handler',
}
