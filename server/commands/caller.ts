import { type Topics, topicsFor } from '../fanout/topics.ts'
import { Problem } from '../protocol/problems.ts'
import type { MessageView, UserView } from '../protocol/views.ts'
import { type Action, requirePermission } from '../rules/permissions.ts'
import type { IfMatch } from '../rules/preconditions.ts'
import type { TenantSettings } from '../rules/settings.ts'
import { shownFrom } from '../rules/visibility.ts'
import type { StoreReads } from '../store/store.ts'

/** The user of one request or frame, with all that they may reach: nothing of any other tenant. */
export type Caller = {
  readonly me: UserView
  /** Whose site it is, as it is now. */
  readonly tenant: { readonly id: string; readonly settings: TenantSettings }
  readonly store: StoreReads
  readonly topics: Topics
  /** Users whom their host lets them contact, whatever the tenant's policy. */
  readonly may?: readonly string[]
  /** How what they change must still be: what a request says in `If-Match`. */
  readonly ifMatch?: IfMatch
  /** The socket they speak through: it needs no echo of its own read marks. */
  readonly session?: string
  /** At once where a socket knows, else from the store. */
  isMember(room: string): boolean | Promise<boolean>
  /**
   * The first place in the room that they see (rules/visibility.ts), by the store, whatever a socket knows: a word that got
   * lost shows nobody what they may not read. Undefined for who is no member.
   */
  readsFrom(room: string): Promise<number | undefined>
}

type CallerParts = Pick<Caller, 'me' | 'tenant' | 'store'> &
  Partial<Pick<Caller, 'may' | 'ifMatch' | 'session' | 'isMember' | 'readsFrom'>>

/** The one place where callers are made. Without a socket that knows, the store says which rooms they are in. */
export function callerFor(parts: CallerParts): Caller {
  const { me, tenant, store, may, ifMatch, session, isMember, readsFrom } = parts
  return {
    me,
    tenant: { id: tenant.id, settings: tenant.settings },
    store,
    topics: topicsFor(tenant.id),
    ...(may !== undefined && { may }),
    ...(ifMatch !== undefined && { ifMatch }),
    ...(session !== undefined && { session }),
    isMember: isMember ?? ((room) => store.isMember(room, me.id)),
    readsFrom: readsFrom ?? ((room) => store.visibleFrom(room, me.id)),
  }
}

/**
 * Whether the caller may do this in the room, as far as being a member decides it. That is all it checks: where a
 * permission depends on a role, an author or the kind of room, the store must call `requirePermission` inside its
 * transaction, as it does through rules/groups.ts (`alterationOf`) and rules/messages.ts (`amended`). @throws Problem
 * as `requirePermission` says
 */
export async function permit(caller: Caller, action: Action, room: string): Promise<void> {
  if (!(await caller.isMember(room))) requirePermission(action, { role: undefined })
}

/**
 * From where the caller sees what was said in the room. Each way to messages asks this first, and reads nothing before it.
 * @throws Problem as `permit` for who is no member
 */
export async function permitSeeing(caller: Caller, room: string): Promise<number> {
  const from = await caller.readsFrom(room)
  if (from === undefined) requirePermission('see', { role: undefined })
  return from ?? Number.POSITIVE_INFINITY
}

/** A message as the caller sees it, who just did something with it: so it stands where they see it. */
export function shownTo(caller: Caller, message: MessageView): MessageView | Promise<MessageView> {
  if (!message.replyTo) return message
  return caller.readsFrom(message.roomId).then((from = Number.POSITIVE_INFINITY) => shownFrom(from, message))
}

/** As part of a change. */
export const expecting = ({ ifMatch }: Caller): { ifMatch?: IfMatch } =>
  ifMatch === undefined ? {} : { ifMatch }

/** @param what is asked for. @throws Problem `unsupported` where the site has turned the feature off */
export function requireFeature(
  { tenant }: Caller,
  feature: keyof TenantSettings['features'],
  what: string,
): void {
  if (tenant.settings.features[feature]) return
  throw new Problem('unsupported', `${what}: this site has turned ${feature} off`)
}

/** @throws Problem `too_large` for a text beyond what the tenant takes; what no tenant takes does not come so far */
export function requireFitting({ tenant }: Caller, text: string): void {
  const { textChars } = tenant.settings.limits
  if (text.length <= textChars) return
  const detail = `expected at most ${textChars} characters, got ${text.length}`
  throw new Problem('too_large', `text: ${detail}`, { errors: [{ path: 'text', detail }] })
}
