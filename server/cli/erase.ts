import { setTimeout as delay } from 'node:timers/promises'
import { ConfigProblem } from '../config.ts'
import { settingsFrom } from '../rules/settings.ts'
import type { Stores } from '../store/store.ts'
import { faultsOfUser } from './user-id.ts'

type EraseFlags = { readonly yes?: boolean; readonly json?: boolean }
type User = { readonly tenant: string; readonly user: string }

/** A running server looks every second: it does it, and its clients learn of it. Where nothing moves, none runs. */
const patienceMs = 4_000
const lookEveryMs = 200

/** What `chatter user erase` does: what to print, once all of it is done. */
export async function eraseUser(stores: Stores, { tenant, user }: User, flags: EraseFlags): Promise<string> {
  // The site itself, and nobody, stand as authors under ids that no user has.
  const faults = faultsOfUser('ID', user)
  if (faults.length > 0) throw new ConfigProblem(faults)
  if (!flags.yes) throw new ConfigProblem([`--yes: expected, to erase ${user} of ${tenant} for good`])
  const store = stores.forTenant(tenant)
  const isKnown = (await store.findUser(user)) !== undefined
  await store.beginErasing(user)
  if (!(await isDoneByServer(stores, tenant))) await eraseHere(stores, tenant)
  if (flags.json) return JSON.stringify({ erased: user, tenant, known: isKnown })
  return isKnown
    ? `Erased: ${user} of ${tenant}.`
    : `Nobody was known as ${user} in ${tenant}. What else was theirs, or named them, is gone.`
}

/** What goes on in the tenant: guests who signed in as the user are erased with them. */
const openIn = async ({ erasures }: Stores, tenant: string) =>
  (await erasures.list(Number.MAX_SAFE_INTEGER)).filter((mark) => mark.tenant === tenant)

async function isDoneByServer(stores: Stores, tenant: string): Promise<boolean> {
  for (let [before, since] = ['', Date.now()]; Date.now() - since < patienceMs; ) {
    const open = await openIn(stores, tenant)
    if (open.length === 0) return true
    const progress = open.map((mark) => mark.progress).join()
    if (progress !== before) [before, since] = [progress, Date.now()]
    await delay(lookEveryMs)
  }
  return false
}

async function eraseHere(stores: Stores, tenant: string): Promise<void> {
  const known = (await stores.tenants.list()).find(({ id }) => id === tenant)
  const removesMessages = (known?.settings ?? settingsFrom({})).erasedMessages === 'none'
  const store = stores.forTenant(tenant)
  for (const { user } of await openIn(stores, tenant))
    if (user !== null) while (!(await store.eraseSome({ user, removesMessages })).isDone);
}
