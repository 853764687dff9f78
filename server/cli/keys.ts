import { ConfigProblem } from '../config.ts'
import { cleanLine } from '../protocol/clean.ts'
import { Problem } from '../protocol/problems.ts'
import { didYouMean } from '../rules/did-you-mean.ts'
import { isKeyScope, type Key, type KeyScope, keyScopes, makeKey } from '../rules/keys.ts'
import type { KeyStore } from '../store/store.ts'
import { fieldsInColumns } from './columns.ts'
import { listed } from './pages.ts'

export type KeyFlags = {
  readonly tenant?: string
  readonly scope?: string[]
  readonly name?: string
  readonly json?: boolean
}

type Action = (keys: KeyStore, flags: KeyFlags & { readonly tenant: string }, id: string) => Promise<string>

const mostNameChars = 80

/** What `chatter key` does, beside a running server too: what to print. Each throws ConfigProblem or Problem. */
export const keyActions = { add, list, remove } as const satisfies Record<string, Action>

async function add(
  keys: KeyStore,
  { tenant, scope = [], name = '', json }: Parameters<Action>[1],
): Promise<string> {
  const scopes = readScopes(scope)
  if (name.length > mostNameChars)
    throw new ConfigProblem([`--name: expected at most ${mostNameChars} characters`])
  // Terminals obey what they print, and lists have a line for each.
  if (cleanLine(name) !== name.trim())
    throw new ConfigProblem(['--name: expected one line without control characters'])
  const { id, text, hash } = makeKey()
  await keys.add(tenant, { id, hash, name: name.trim(), scopes, createdAt: Date.now() })
  const shown = { id, tenant, scopes, ...(name !== '' && { name }), key: text }
  if (json) return JSON.stringify(shown, undefined, 2)
  return `${fieldsInColumns(shown)}\nKeep the key: it is not shown again.`
}

async function list(keys: KeyStore, { tenant, json }: Parameters<Action>[1]): Promise<string> {
  const all = (await keys.list(tenant)).map(shownKey)
  const rows = all.map(({ id, name, scopes, createdAt, usedAt = '-' }) => ({
    ...{ id, name: name || '-', scopes: scopes.join(','), created: createdAt, used: usedAt },
  }))
  return listed(all, rows, { json, none: 'No keys.' })
}

async function remove(keys: KeyStore, { tenant, json }: Parameters<Action>[1], id: string): Promise<string> {
  if (!(await keys.remove(tenant, id)))
    throw new Problem('not_found', `no key ${JSON.stringify(id)} of ${tenant}`)
  return json ? JSON.stringify({ removed: id }) : `Removed ${id}: it opens nothing any more.`
}

function readScopes(given: readonly string[]): KeyScope[] {
  const names = given.flatMap((words) => words.split(',')).map((word) => word.trim())
  const known = Object.keys(keyScopes).join(', ')
  if (names.length === 0) throw new ConfigProblem([`--scope: expected one or more of ${known}`])
  const faults = names.filter((name) => !isKeyScope(name))
  if (faults.length > 0)
    throw new ConfigProblem(
      faults.map(
        (name) =>
          `--scope: expected one of ${known}, got ${JSON.stringify(name)}${didYouMean(name, Object.keys(keyScopes))}`,
      ),
    )
  return [...new Set(names.filter(isKeyScope))]
}

/** Without what only the database needs. */
function shownKey({ id, name, scopes, createdAt, usedAt }: Key) {
  const at = (time: number) => new Date(time).toISOString()
  return { id, name, scopes, createdAt: at(createdAt), ...(usedAt !== null && { usedAt: at(usedAt) }) }
}
