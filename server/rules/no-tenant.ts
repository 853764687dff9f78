import { Problem } from '../protocol/problems.ts'
import { didYouMean } from './did-you-mean.ts'

/** Where there is one site alone, nothing of it is in the database, and the server's own settings are its settings. */
const ofOneSite = ': CHATTER_SECRET, CHATTER_ORIGINS and CHATTER_SETTINGS of the server are its own'

/** `known`: those that there are, where who asks may know them. */
export function noTenant(id: string, known: readonly string[] = []): Problem {
  const hint = id === 'default' ? ofOneSite : didYouMean(id, known)
  return new Problem('not_found', `no tenant ${JSON.stringify(id)}${hint}`)
}
