/**
 * The file of `chatter tenant export`: a line of JSON that says what it is, one for each row, in the order of the tables and of
 * their keys, and one at the end that counts and signs them off. Whoever reads it trusts none of it.
 */
import { createHash } from 'node:crypto'
import { limits } from '../../protocol/limits.ts'
import { DatabaseProblem } from '../database-problem.ts'
import { exportedTables } from '../tables.ts'
import { type Cell, type Column, type CopiedTable, copiedTables, type Row } from './tables.ts'

const fileFormat = 'chatter-tenant'
/** Up by one where an importer of before would take a file for something else. New columns and tables need none. */
const fileVersion = 1

/** Beyond any row: a file without ends of lines is not read into memory. */
const mostBytes = 16 * 1024 * 1024
const newline = 0x0a

export type FileTable = {
  readonly name: string
  /** As it is read and written, the tenant and what is made anew included. */
  readonly table: CopiedTable
  /** What stands in the file, by the place in a row. */
  readonly fields: readonly (readonly [Column, number])[]
  readonly key: readonly number[]
  /** A condition on the rows. */
  readonly where: string
}

export type Counts = { [table: string]: number }

/** In the order in which they stand in a file. */
export const fileTables: readonly FileTable[] = exportedTables.flatMap(
  ({ name, export: { rows, without = [] } }) => {
    const table = copiedTables.find((one) => one.name === name)
    if (!table) return []
    const left = ['tenant', ...without]
    const fields = table.columns.flatMap((column, index) =>
      left.includes(column.name) ? [] : [[column, index] as const],
    )
    const key = fields.map(([, index]) => index).filter((index) => index < table.key)
    return [{ name, table, fields, key, where: typeof rows === 'object' ? rows.where : 'true' }]
  },
)

/** What has JSON in a column of text: nobody could read it otherwise. */
const jsonTexts = new Set([
  'users.data',
  'rooms.data',
  'messages.system',
  'messages.site',
  'messages.mentions',
  'messages.reactions',
])

/** Where the id of a user stands. */
const userIds = new Set([
  'users.id',
  'users.merged_into',
  'members.user',
  'messages.author',
  'messages.forwarded',
  'messages.pinned_by',
  'reactions.user',
  'mentions.user',
])

/** Places in a room stay below 2^31 on SQLite, whose keys have half of 64 bits for them. */
const mostSeq = 2 ** 31 - 1

/** The lines of a file. `rowsOf` has the rows of each table, some at a time. */
export async function* fileLines(
  head: { readonly tenant: string; readonly at: number },
  rowsOf: (table: FileTable) => AsyncIterable<readonly Row[]>,
): AsyncGenerator<string, undefined> {
  const hash = createHash('sha256')
  const rows: Counts = {}
  const say = (lines: string) => {
    hash.update(lines)
    return lines
  }
  const { tenant, at } = head
  const first = { format: fileFormat, version: fileVersion, tenant, exportedAt: new Date(at).toISOString() }
  yield say(`${JSON.stringify(first)}\n`)
  for (const table of fileTables) {
    rows[table.name] = 0
    for await (const page of rowsOf(table)) {
      rows[table.name] = (rows[table.name] ?? 0) + page.length
      yield say(page.map((row) => `${lineOf(table, row)}\n`).join(''))
    }
  }
  yield `${JSON.stringify({ end: true, rows, sha256: hash.digest('hex') })}\n`
}

function lineOf({ name, fields }: FileTable, row: Row): string {
  const cells = fields.flatMap(([column, index]) => {
    const cell = row[index] ?? null
    if (cell === null) return []
    return [[column.name, column.kind === 'json' ? JSON.parse(String(cell)) : cell]]
  })
  return JSON.stringify({ table: name, ...Object.fromEntries(cells) })
}

export type FileRow = {
  readonly table: FileTable
  readonly row: Row
  readonly line: number
  readonly bytes: number
}

/**
 * The rows of a file, each checked, in the columns of its table; what does not stand in the file is null. All of it is
 * to be thrown away where it throws: that a file was cut is known at its end.
 * @throws DatabaseProblem that names the line
 */
export async function* fileRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<FileRow, Counts> {
  const hash = createHash('sha256')
  const rows: Counts = Object.fromEntries(fileTables.map(({ name }) => [name, 0]))
  const rooms: Rooms = new Map()
  let last: FileRow | undefined
  let number = 0
  let isEnded = false
  for await (const bytes of linesIn(chunks)) {
    number += 1
    const refuse = (why: string) => new DatabaseProblem(`line ${number}: ${why}: nothing was imported`)
    if (isEnded) throw refuse('there is more after the end of the export')
    const line = objectIn(bytes, refuse)
    if (number === 1) {
      requireBytes(bytes, refuse)
      requireHead(line, refuse)
    } else if (line.end === true) {
      requireEnd(line, rows, hash.digest('hex'), refuse)
      isEnded = true
      continue
    } else {
      const table = fileTables.find(({ name }) => name === line.table)
      if (!table) throw refuse(`table: expected one that is exported, got ${shown(line.table)}`)
      const row = rowIn(table, line, refuse)
      requirePlace(table, row, rooms, refuse)
      const read = { table, row, line: number, bytes: bytes.length }
      requireOrder(last, read, refuse)
      rows[table.name] = (rows[table.name] ?? 0) + 1
      last = read
      yield read
    }
    hash.update(bytes).update('\n')
  }
  if (isEnded) return rows
  const why =
    number === 0 ? 'expected an export, got nothing' : 'expected the end of the export: the file was cut'
  throw new DatabaseProblem(`line ${number + 1}: ${why}: nothing was imported`)
}

type Line = { readonly [name: string]: unknown }
type Refuse = (why: string) => DatabaseProblem

async function* linesIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  let rest: Uint8Array[] = []
  let kept = 0
  for await (const chunk of chunks) {
    let from = 0
    for (let to = chunk.indexOf(newline); to >= 0; to = chunk.indexOf(newline, from)) {
      const part = chunk.subarray(from, to)
      yield rest.length === 0 ? part : Buffer.concat([...rest, part])
      rest = []
      kept = 0
      from = to + 1
    }
    if (from === chunk.length) continue
    rest.push(chunk.subarray(from))
    kept += chunk.length - from
    if (kept > mostBytes) {
      throw new DatabaseProblem('a line is longer than 16 MiB: that is no export: nothing was imported')
    }
  }
  if (kept > 0) yield Buffer.concat(rest)
}

function objectIn(bytes: Uint8Array, refuse: Refuse): Line {
  try {
    const line: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (typeof line === 'object' && line !== null && !Array.isArray(line)) return line as Line
  } catch {
    // As any other line that is none.
  }
  throw refuse('expected an object in JSON')
}

/** What an editor or a transfer makes of a file is known at its end only as another sum. */
function requireBytes(bytes: Uint8Array, refuse: Refuse): void {
  const asExported = 'expected the file as it was exported'
  if (bytes[0] === 0xef) throw refuse(`it begins with a byte order mark: ${asExported}`)
  if (bytes.at(-1) === 0x0d) throw refuse(`its lines end in CRLF: ${asExported}`)
}

/** The last place and the last number of each room. */
type Rooms = Map<Cell, readonly [number, number]>

/** A room's numbers agree with one another, and so do those of its messages, which come after all rooms. */
function requirePlace({ name, table }: FileTable, row: Row, rooms: Rooms, refuse: Refuse): void {
  if (name !== 'rooms' && name !== 'messages') return
  const of = (column: string) => row[table.columns.findIndex((one) => one.name === column)] ?? null
  const [seq, number] = name === 'rooms' ? ['last_seq', 'head'] : ['seq', 'rev']
  const [place, rev] = [Number(of(seq ?? '')), Number(of(number ?? ''))]
  if (rev < place) throw refuse(`${name}.${number}: expected ${place} or more, got ${rev}`)
  if (name === 'rooms') {
    rooms.set(of('id'), [place, rev])
    return
  }
  const room = rooms.get(of('room'))
  if (!room) throw refuse(`messages.room: there is no such room: ${shown(of('room'))}`)
  if (place > room[0]) throw refuse(`messages.seq: expected at most ${room[0]}, got ${place}`)
  if (rev > room[1]) throw refuse(`messages.rev: expected at most ${room[1]}, got ${rev}`)
}

function requireHead({ format, version }: Line, refuse: Refuse): void {
  if (format !== fileFormat) throw refuse(`format: expected ${fileFormat}, got ${shown(format)}`)
  if (!Number.isSafeInteger(version)) throw refuse(`version: expected a number, got ${shown(version)}`)
  if (Number(version) > fileVersion) {
    throw refuse(
      `version: ${shown(version)} is of a newer Chatter, and this one reads ${fileVersion}: upgrade it`,
    )
  }
  if (Number(version) < 1) throw refuse(`version: expected 1, got ${shown(version)}`)
}

function requireEnd({ rows, sha256 }: Line, counted: Counts, hash: string, refuse: Refuse): void {
  const said = (typeof rows === 'object' && rows !== null ? rows : {}) as Line
  for (const name of new Set([...Object.keys(counted), ...Object.keys(said)])) {
    // Tables that a later version has, or an earlier one had not.
    const [expected, got] = [said[name] ?? 0, counted[name] ?? 0]
    if (expected !== got) throw refuse(`rows.${name}: ${shown(expected)} were exported, and here are ${got}`)
  }
  if (sha256 !== hash) throw refuse('sha256: the lines before it are not those that were exported')
}

function rowIn({ name, table, fields }: FileTable, line: Line, refuse: Refuse): Row {
  const row = table.columns.map((): Cell => null)
  for (const [column, index] of fields) {
    const field = `${name}.${column.name}`
    row[index] = cellIn(column, line[column.name], field, refuse)
  }
  const known = new Set(['table', ...fields.map(([column]) => column.name)])
  const unknown = Object.keys(line).find((key) => !known.has(key))
  if (unknown !== undefined) throw refuse(`${name}.${unknown}: this version of Chatter knows no such field`)
  return row
}

function cellIn({ kind, usual, oneOf }: Column, value: unknown, field: string, refuse: Refuse): Cell {
  if (value === undefined) {
    if (usual === undefined) throw refuse(`${field}: expected ${expected[kind]}, got nothing`)
    return usual
  }
  if (kind === 'json') return JSON.stringify(value)
  const isOf = kind === 'number' ? Number.isSafeInteger(value) : typeof value === kind
  if (!isOf) throw refuse(`${field}: expected ${expected[kind]}, got ${shown(value)}`)
  requireWithin(value, field, refuse)
  if (typeof value !== 'string') return value as Cell
  if (!value.isWellFormed()) throw refuse(`${field}: it has half of a character`)
  if (oneOf && !oneOf.includes(value)) {
    throw refuse(`${field}: expected one of ${oneOf.join(', ')}, got ${shown(value)}`)
  }
  if (jsonTexts.has(field) && !isJson(value)) throw refuse(`${field}: expected JSON in a text`)
  return value
}

/** What the wire would not take, and SQLite could not keep. */
function requireWithin(value: unknown, field: string, refuse: Refuse): void {
  if (typeof value === 'number') {
    if (value < 0) throw refuse(`${field}: expected 0 or more, got ${value}`)
    const isPlace = field.endsWith('seq')
    if (isPlace && value > mostSeq) throw refuse(`${field}: expected at most ${mostSeq}, got ${value}`)
  }
  const most = limits.userIdBytes
  if (typeof value === 'string' && userIds.has(field) && Buffer.byteLength(value) > most) {
    throw refuse(`${field}: expected at most ${most} bytes, got ${shown(value)}`)
  }
}

const expected = {
  string: 'a text',
  number: 'a whole number',
  boolean: 'true or false',
  json: 'JSON',
} as const

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Once each, as they were exported: what is doubled or out of order is seen where it stands. */
function requireOrder(last: FileRow | undefined, { table, row }: FileRow, refuse: Refuse): void {
  if (!last) return
  const [before, now] = [last.table, table].map((one) => fileTables.indexOf(one))
  if ((before ?? 0) > (now ?? 0))
    throw refuse(`table: ${table.name} comes before ${last.table.name} in an export`)
  if (last.table !== table) return
  for (const index of table.key) {
    const difference = compareCells(row[index] ?? null, last.row[index] ?? null)
    if (difference > 0) return
    const { name = '' } = table.table.columns[index] ?? {}
    if (difference < 0) throw refuse(`${table.name}.${name}: it belongs before the line above`)
  }
  throw refuse(`${table.name}: the line above is the same one`)
}

/** As both databases do: texts byte by byte. */
function compareCells(a: Cell, b: Cell): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return Number(a) - Number(b)
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
