/**
 * History as bare as it can be and still be safe: node:http, a token checked, a member looked up, one prepared keyset
 * statement with the authors joined, on Chatter's own database and with the same answer byte for byte.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Scene } from '../scene.ts'
import type { OpenServer } from './open-server.ts'
import { verified } from './token.ts'

type Row = {
  id: string
  roomId: string
  seq: number
  rev: number
  authorId: string
  kind: string
  text: string
  created_at: number
  name: string
}

export async function open(scene: Scene): Promise<OpenServer> {
  const db = new Database(join(scene.folder, 'chatter', 'chatter.db'), { readonly: true })
  const epoch = db.prepare(`SELECT value FROM meta WHERE key = 'epoch'`).pluck().get()
  const membership = db.prepare<[string, string], { no: number; head: number }>(
    `SELECT r.no, r.head FROM members m JOIN rooms r ON r.tenant = m.tenant AND r.id = m.room
     WHERE m.tenant = 'default' AND m.room = ? AND m.user = ?`,
  )
  const page = db.prepare<[string, number, number, number, number], Row>(
    `SELECT m.id, ? AS "roomId", m.seq, m.rev, m.author AS "authorId", m.kind, m.text, m.created_at, u.name
     FROM messages m JOIN users u ON u.tenant = 'default' AND u.id = m.author
     WHERE m.key >= ? << 32 AND m.key < ? << 32 | ? ORDER BY m.key DESC LIMIT ?`,
  )

  const http = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const user = verified(request.headers.authorization?.slice('Bearer '.length) ?? '')
    const room = url.pathname.split('/')[3] ?? ''
    const found = membership.get(room, user)
    if (!found) return response.writeHead(404).end()
    const before = Number(url.searchParams.get('before') ?? 2 ** 31)
    const limit = Number(url.searchParams.get('limit'))
    const rows = page.all(room, found.no, found.no, before, limit + 1)
    const shown = rows.slice(0, limit).reverse()
    const users: Record<string, { id: string; name: string }> = {}
    for (const { authorId: id, name } of shown) users[id] = { id, name }
    const messages = shown.map(({ name: _, created_at, ...message }) => ({
      ...message,
      createdAt: new Date(created_at).toISOString(),
    }))
    const { head } = found
    const newer = (shown.at(-1)?.seq ?? head) < head
    const body = JSON.stringify({ messages, head, older: rows.length > limit, newer, users, epoch })
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    })
    response.end(body)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return { port: (http.address() as AddressInfo).port, stored: () => scene.history ?? 0 }
}
