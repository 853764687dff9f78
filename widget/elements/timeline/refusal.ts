import type { Strings } from '../../locale/en.ts'
import type { Change, Fault } from '../../state/state.ts'

/** Why the server did not take a change of a message, in the reader's words. */
export function refusalOf(
  { code }: Fault,
  { faults, tooOld, gone }: Strings,
  change: Change['kind'],
): string {
  if (code === 'conflict' || code === 'not_found') return gone
  return code === 'forbidden' && change !== 'react' ? tooOld : faults[code]
}
