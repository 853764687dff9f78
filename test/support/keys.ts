import { type KeyScope, makeKey } from '../../server/rules/keys.ts'
import type { TestServer } from './server.ts'

/** A key of the tenant, as its text. */
export async function aKey(
  server: TestServer,
  given: readonly KeyScope[],
  tenant = 'default',
): Promise<string> {
  const { id, text, hash } = makeKey()
  await server.stores.keys.add(tenant, { id, hash, name: '', scopes: given, createdAt: 0 })
  return text
}

export type Asked = {
  readonly method?: string
  readonly body?: object
  readonly user?: string
  readonly headers?: object
}

export const asker =
  (server: TestServer, key: string) =>
  (path: string, { method = 'GET', body, user, headers = {} }: Asked = {}) =>
    fetch(`${server.url}v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body && { 'content-type': 'application/json' }),
        ...(user !== undefined && { 'chatter-user': encodeURIComponent(user) }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    })
