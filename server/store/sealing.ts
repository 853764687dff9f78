import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { DatabaseProblem } from './database-problem.ts'

const prefix = 'sealed:1:'
const ivBytes = 12
const tagBytes = 16

/** Any text of 32 bytes or more, newest first: two while one is being replaced. */
export type SealKeys = readonly string[]

/**
 * Keeps the secrets of tenants unreadable for who has the database, or a backup of it, and not the key: AES-256-GCM, bound to
 * the tenant. Without a key they are stored as they are, and what an earlier version stored is read as it is.
 */
export class Seal {
  readonly #read: () => SealKeys
  #keys: readonly Key[]

  /** @param read the keys as they are now: asked again where something is sealed with one that is unknown */
  constructor(read: () => SealKeys) {
    this.#read = read
    this.#keys = read().map(keyOf)
  }

  /** Whether there is a key, and the text is not sealed with the newest one. */
  isOutdated(text: string): boolean {
    const [newest] = this.#keys
    return newest !== undefined && !text.startsWith(`${prefix}${newest.id}:`)
  }

  seal(secret: string, tenant: string): string {
    const [newest] = this.#keys
    if (!newest) return secret
    const iv = randomBytes(ivBytes)
    const cipher = createCipheriv('aes-256-gcm', newest.bytes, iv).setAAD(Buffer.from(tenant))
    const sealed = Buffer.concat([iv, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return `${prefix}${newest.id}:${sealed.toString('base64url')}`
  }

  /** @throws DatabaseProblem where it was sealed with a key that is not there, or for another tenant */
  open(text: string, tenant: string): string {
    if (!text.startsWith(prefix)) return text
    const [id = '', sealed = ''] = text.slice(prefix.length).split(':')
    const key = this.#find(id)
    if (!key) {
      throw new DatabaseProblem(
        `the secrets of tenant ${tenant} are sealed with a key that is not there: expected it in CHATTER_SEAL_KEY`,
      )
    }
    const bytes = Buffer.from(sealed, 'base64url')
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, ivBytes))
    decipher.setAAD(Buffer.from(tenant)).setAuthTag(bytes.subarray(-tagBytes))
    try {
      return decipher.update(bytes.subarray(ivBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8')
    } catch {
      throw new DatabaseProblem(
        `a secret of tenant ${tenant} was changed in the database, or is another tenant's`,
      )
    }
  }

  /** The secret where its key is there; else the text as it is. */
  openIfKnown(text: string, tenant: string): string {
    const id = text.startsWith(prefix) ? text.slice(prefix.length).split(':')[0] : undefined
    return id !== undefined && this.#find(id) ? this.open(text, tenant) : text
  }

  #find(id: string): Key | undefined {
    const known = this.#keys.find((key) => key.id === id)
    if (known) return known
    this.#keys = this.#read().map(keyOf)
    return this.#keys.find((key) => key.id === id)
  }
}

type Key = { readonly id: string; readonly bytes: Buffer }

function keyOf(text: string): Key {
  const hash = (purpose: string) => createHash('sha256').update(`chatter ${purpose} ${text}`).digest()
  return { id: hash('seal id').toString('hex').slice(0, 8), bytes: hash('seal key') }
}
