import { Problem } from '../protocol/problems.ts'

/** Where there is one site alone, nothing of it is in the database, and the server's own settings are its settings. */
const ofOneSite = ': CHATTER_SECRET, CHATTER_ORIGINS and CHATTER_SETTINGS of the server are its own'

export function noTenant(id: string): Problem {
  return new Problem('not_found', `no tenant ${JSON.stringify(id)}${id === 'default' ? ofOneSite : ''}`)
}
