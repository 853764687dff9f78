/** Chatter over HTTP, as a host's backend would use it. */
import type { RoomAnswer } from '../../server/protocol/views.ts'
import { connect, type TestClient } from '../support/client.ts'
import { nameOf, signToken } from '../support/server.ts'

export type Answer = { readonly status: number; readonly body: unknown }

const tokens = new Map<string, Promise<string>>()

/** A token of that user, signed once. */
export function tokenOf(user: string): Promise<string> {
  const token = tokens.get(user) ?? signToken(user, { name: nameOf(user) })
  tokens.set(user, token)
  return token
}

/** One request. Rejects where no answer came. */
export async function ask(
  url: string,
  user: string,
  path: string,
  { method = 'GET', body }: { method?: string; body?: object } = {},
): Promise<Answer> {
  const request = {
    method,
    headers: { authorization: `Bearer ${await tokenOf(user)}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  }
  const place = `${url}v1/${path}`
  // A connection that rested may just have been closed: who only reads asks once more (RFC 9110 §9.2.2).
  const response = await fetch(place, request).catch((error) => {
    if (method !== 'GET') throw error
    return fetch(place, request)
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

/** A request that must succeed. */
export async function asked<T>(...request: Parameters<typeof ask>): Promise<T> {
  const { status, body } = await ask(...request)
  if (status >= 300) throw new Error(`${request[1]} ${request[2]}: ${status} ${JSON.stringify(body)}`)
  return body as T
}

/** A named group. The first one owns it; they need not have signed in. */
export async function aGroup(url: string, memberIds: readonly string[], name = 'Group'): Promise<string> {
  for (const user of memberIds) await asked(url, user, 'me')
  const [owner = ''] = memberIds
  return (await asked<RoomAnswer>(url, owner, 'rooms', { method: 'POST', body: { memberIds, name } })).id
}

/** A user's socket at that server. */
export async function join(url: string, user: string): Promise<TestClient> {
  const socket = await connect(`${url.replace('http', 'ws')}v1/socket`)
  // A reset is expected here, and followed by the close.
  socket.ws.on('error', () => {})
  return socket.hello(await tokenOf(user))
}
