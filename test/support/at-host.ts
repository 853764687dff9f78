import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from './client.ts'

/** How a request ended. */
export type HostAnswer = {
  readonly status: number
  readonly text: string
  readonly json: unknown
  readonly etag?: string
}

export type HostRequest = {
  readonly method?: string
  readonly token?: string
  readonly body?: unknown
  readonly origin?: string
  readonly more?: Record<string, string>
}

/** A request to a server under a hostname of one's choice: fetch would not let it say so. */
export async function askHost(
  url: string,
  host: string,
  { method = 'GET', token, body, origin, more }: HostRequest = {},
): Promise<HostAnswer> {
  const headers: Record<string, string> = { host, connection: 'close', ...(origin && { origin }), ...more }
  if (token !== undefined) headers.authorization = `Bearer ${token}`
  if (body !== undefined) headers['content-type'] = 'application/json'
  const asked = request(url, { method, headers })
  asked.end(body === undefined ? undefined : JSON.stringify(body))
  const [response] = await once(asked, 'response')
  const text = Buffer.concat(await response.toArray()).toString()
  const isJson = /^application\/(problem\+)?json(;|$)/.test(String(response.headers['content-type']))
  const { etag } = response.headers
  return {
    status: response.statusCode,
    text,
    json: isJson ? JSON.parse(text) : undefined,
    ...(etag && { etag }),
  }
}

/** A socket to a server under a hostname of one's choice. */
export function connectHost(url: string, host: string): Promise<Socket> {
  return connect(`${url.replace('http', 'ws')}v1/socket`, { headers: { host } })
}
