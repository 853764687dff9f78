import { Problem } from '../protocol/problems.ts'
import { didYouMean } from '../rules/did-you-mean.ts'

/** Servers may have thousands. */
const mostNamed = 20

/** `--tenant` names one that there is not. */
export function noSuchTenant(id: string, known: readonly string[]): Problem {
  const meant = didYouMean(id, known)
  const others = known.length > mostNamed ? 'one of chatter tenant list' : known.join(', ')
  return new Problem('not_found', `no tenant ${JSON.stringify(id)}${meant || `: --tenant may be ${others}`}`)
}
