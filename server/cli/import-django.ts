import { ConfigProblem } from '../config.ts'
import { importFromDjango } from '../main.ts'
import type { Store } from '../store/store.ts'
import { fieldsInColumns } from './columns.ts'

export type ImportDjangoFlags = {
  readonly sqlite?: string
  readonly postgres?: string
  readonly schema?: string
  readonly tenant?: string
  readonly 'user-table'?: string
  readonly 'user-id'?: string
  readonly 'user-name'?: string
  readonly 'dry-run'?: boolean
  readonly json?: boolean
}

type Options = Parameters<typeof importFromDjango>[0]
type Step = Parameters<NonNullable<Options['onStep']>>[0]

/** People are shown every so many messages. */
const stride = 10_000

/** What the flags ask for. @throws ConfigProblem with every fault */
export function readImport(flags: ImportDjangoFlags): Pick<Options, 'from' | 'users' | 'tenant'> {
  const { tenant, 'user-table': table = 'auth_user', 'user-id': id, 'user-name': name } = flags
  const faults: string[] = []
  const from = readPlace(flags, faults)
  if (tenant === undefined) faults.push('--tenant: expected the tenant that it becomes: default is one')
  if (faults.length > 0 || tenant === undefined || !from) throw new ConfigProblem(faults)
  const columns = name?.split(',').map((one) => one.trim())
  return {
    from,
    users: { table, ...(id !== undefined && { id }), ...(columns && { name: columns }) },
    tenant,
  }
}

function readPlace(
  { sqlite, postgres, schema }: ImportDjangoFlags,
  faults: string[],
): Options['from'] | undefined {
  if (schema !== undefined && postgres === undefined) faults.push('--schema: only Postgres has one')
  if (sqlite !== undefined && postgres !== undefined)
    faults.push('--sqlite, --postgres: expected one of them')
  if (sqlite) return { sqlite }
  if (!postgres) {
    faults.push('--sqlite or --postgres: expected the database of the Django site, got nothing')
    return undefined
  }
  // Not shown: there may be a password in it.
  if (!isPostgres(postgres)) faults.push('--postgres: expected a URL like postgres://user@host:5432/database')
  return { postgres, ...(schema !== undefined && { schema }) }
}

/** `chatter import-django`: what to print. @throws DatabaseProblem */
export async function importDjango(
  { store: into, keepDays }: { readonly store: Store; readonly keepDays: number | null },
  asked: Pick<Options, 'from' | 'users' | 'tenant'>,
  { 'dry-run': isDry = false, json }: ImportDjangoFlags,
): Promise<string> {
  const imported = await importFromDjango({
    ...asked,
    into,
    keepDays,
    isDry,
    ...(!json && { onStep: progress() }),
  })
  if (json) return JSON.stringify({ ...imported, dryRun: isDry }, undefined, 2)
  const { users, rooms, messages, odd, seconds } = imported
  const counted = ({ created, known }: { created: number; known: number }) => `${created} new, ${known} known`
  const kinds = `${rooms.direct} of two, ${rooms.group} groups, ${rooms.self} notes`
  return [
    fieldsInColumns({
      users: counted(users),
      rooms: `${counted(rooms)}${rooms.created > 0 ? `: ${kinds}` : ''}`,
      messages: counted(messages),
    }),
    ...odd.map(({ count, means }) => `${means}: ${count}`),
    isDry
      ? 'Nothing was written: that is what would be.'
      : `Imported, and counted again room by room, in ${seconds} s.`,
  ].join('\n')
}

function isPostgres(url: string): boolean {
  return URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)
}

/** On standard error. */
function progress(): (step: Step) => void {
  let next = stride
  return ({ messages, of }) => {
    if (messages < next) return
    next = messages - (messages % stride) + stride
    console.error(`${messages} of ${of} messages`)
  }
}
