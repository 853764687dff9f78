import { createHmac, timingSafeEqual } from 'node:crypto'
import { secret } from '../scene.ts'

/** Who a token says it is from, checked with as little as can check it. */
export function verified(token: string): string {
  const end = token.lastIndexOf('.')
  const mac = createHmac('sha256', secret).update(token.slice(0, end)).digest()
  if (!timingSafeEqual(mac, Buffer.from(token.slice(end + 1), 'base64url'))) throw new Error('forged')
  return userOf(token)
}

/** Who a token says it is from. For servers that are not compared by how they sign in. */
export function userOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sub
}
