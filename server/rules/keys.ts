/**
 * Keys by which a site's own server asks: `chk_ID_SECRET`. The id finds the key, and the secret proves it. Only a hash of the
 * secret is stored: it has 256 random bits, so one round of SHA-256 is enough, and nobody gets from a database to a key.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** What a key may do. `admin`: all of it, and what only an operator does. */
export const keyScopes = {
  users: 'make and change users',
  rooms: 'make, change and delete rooms, and say who is in them',
  messages: 'send, edit and delete messages, as the site or as a user; react, pin and read as a user',
  read: 'read users, rooms and messages',
  admin: 'all of it',
} as const

export type KeyScope = keyof typeof keyScopes

/** A key as it is shown: never again with its secret. Times are milliseconds since 1970. */
export type Key = {
  readonly id: string
  /** What it is for, in its maker's words. */
  readonly name: string
  readonly scopes: readonly KeyScope[]
  readonly createdAt: number
  /** To the minute; null where it was never used. */
  readonly usedAt: number | null
}

/** As it is stored. */
export type StoredKey = Key & { readonly hash: string }

const form = /^chk_([a-z0-9]{12})_([A-Za-z0-9_-]{43})$/

/** Whether a bearer is meant as a key: anything else is a token. */
export function isKey(bearer: string): boolean {
  return bearer.startsWith('chk_')
}

/** Undefined for what has another form. */
export function readKey(text: string): { readonly id: string; readonly secret: string } | undefined {
  const [, id, secret] = form.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

/** A new one: the text is for whom it is made, and the rest for the database. */
export function makeKey(): { readonly id: string; readonly text: string; readonly hash: string } {
  const id = randomBytes(6).toString('hex')
  const secret = randomBytes(32).toString('base64url')
  return { id, text: `chk_${id}_${secret}`, hash: hashOf(secret) }
}

/** Takes as long for a secret that is nearly right as for any other. */
export function isSecretOf(secret: string, { hash }: Pick<StoredKey, 'hash'>): boolean {
  const [asked, stored] = [Buffer.from(hashOf(secret)), Buffer.from(hash)]
  return asked.length === stored.length && timingSafeEqual(asked, stored)
}

export function mayDo({ scopes }: Pick<Key, 'scopes'>, scope: KeyScope): boolean {
  return scopes.includes(scope) || scopes.includes('admin')
}

export function isKeyScope(text: string): text is KeyScope {
  return Object.hasOwn(keyScopes, text)
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
