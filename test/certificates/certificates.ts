import { join } from 'node:path'

/** What a server shows: a good one, that of another host, or one of an authority that nobody knows. */
export type Certificate = 'server' | 'elsewhere' | 'unknown'

export const pemOf = (name: Certificate | 'authority' | 'key'): string =>
  join(import.meta.dirname, `${name}.pem`)
