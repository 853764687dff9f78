import { ReplyError } from 'ioredis'

/** Sign-in and rights. Whatever else Redis answers (it loads, is full, fails over) may be different in a moment. */
const refusals = /^(WRONGPASS|NOAUTH|NOPERM|ERR invalid password)/

/** Whether Redis, or all Sentinels, will not have this node, until an operator changes that. */
export function isRefusal(error: Error): boolean {
  const { cause } = error
  return (
    (error instanceof ReplyError && refusals.test(error.message)) ||
    (cause instanceof Error && isRefusal(cause))
  )
}
