/** The tables of docs/operations.md: what becomes of each table of the databases. */
import { type Copy, type Erase, type Removal, tables } from '../server/store/tables.ts'
import { table } from './table.ts'

const removals: { readonly [R in Removal]: string } = {
  first: 'goes at once',
  cascade: 'goes at once',
  slices: 'goes afterwards, some thousand rows at a time',
  none: 'stays: it is no tenant’s',
}

export function storeTables(): Record<string, string> {
  return {
    tables: table(
      ['table', 'holds', '`chatter migrate-store` takes', '`chatter tenant remove`', 'a backup holds it'],
      tables.map(({ name, only, holds, copy, removal, backup }) => [
        only === undefined ? `\`${name}\`` : `\`${name}\` (${only === 'sqlite' ? 'SQLite' : 'Postgres'})`,
        holds,
        copyOf(copy),
        removals[removal],
        backup,
      ]),
    ),
    'table plans': table(
      ['table', '`chatter tenant export` takes', 'erasing a user', 'keeping messages for some days'],
      tables.map((one) => [`\`${one.name}\``, one.export.says, erasedOf(one.erase), one.retention]),
    ),
  }
}

function copyOf(copy: Copy): string {
  if (typeof copy === 'object') return copy.says
  return copy === 'all' ? 'all rows' : 'nothing: the target has its own'
}

const erasedOf = (erase: Erase) => (erase.how === 'nobody' ? 'stays: it names no user' : erase.says)
