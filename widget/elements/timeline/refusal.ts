import type { Strings } from '../../locale/en.ts'
import type { Change, Fault } from '../../state/state.ts'

/** The message that it is about is not there any more. */
export function isGone(fault: Fault | undefined): boolean {
  return fault?.code === 'conflict' || fault?.code === 'not_found'
}

/** Why the server did not take a change of a message, in the reader's words. */
export function refusalOf(
  fault: Fault,
  { faults, tooOld, tooManyPins, tooManyReactions, gone }: Strings,
  change: Change['kind'] | 'send',
): string {
  if (isGone(fault)) return gone
  if (fault.code === 'too_large' && change === 'pin') return tooManyPins
  if (fault.code === 'too_large' && change === 'react') return tooManyReactions
  return fault.code === 'forbidden' && (change === 'edit' || change === 'delete')
    ? tooOld
    : faults[fault.code]
}
