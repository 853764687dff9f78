import { DatabaseProblem } from '../database-problem.ts'
import { type Column, type DjangoDatabase, quoted, type Row } from './database.ts'
import { asUuid } from './values.ts'

/** Which table has a site's users, and what of it is an id and a name here. */
export type DjangoUsers = {
  readonly table: string
  /** The column that is the user's id in the site's tokens; absent, the primary key. */
  readonly id?: string
  /** The columns that make the name, in this order. Absent, or where they are empty: `username`, which django-chatter showed. */
  readonly name?: readonly string[]
}

export type DjangoUser = {
  readonly id: string
  readonly name: string
  readonly lastVisit: unknown
}

export type DjangoRoom = {
  readonly id: string
  /** As the database has it. */
  readonly key: unknown
  readonly at: unknown
  readonly messages: number
  /** In the order in which they came; null for one who is no user any more. */
  readonly members: readonly (string | null)[]
}

export type DjangoMessage = {
  readonly id: string
  readonly at: unknown
  readonly text: string
  /** Undefined for one who is no user any more, whose key is the other. */
  readonly author: string | undefined
  readonly sender: string
  /** Who had it marked as read. */
  readonly readers: readonly (string | null)[]
}

/** What django-chatter kept, of one moment. Lists come in pages. */
export type DjangoHistory = {
  readonly place: string
  /** Tables that not every version has. */
  readonly hasRecipients: boolean
  readonly hasProfiles: boolean
  countMessages(): Promise<number>
  /** Those who may sign in, and who ever was in a room or wrote. */
  users(): AsyncIterable<readonly DjangoUser[]>
  /** Those with the most messages first. */
  rooms(): AsyncIterable<readonly DjangoRoom[]>
  /** In the order in which they were read. */
  messages(room: DjangoRoom): AsyncIterable<readonly DjangoMessage[]>
}

const columns = {
  room: ['id', 'date_created'],
  room_members: ['id', 'room_id'],
  message: ['id', 'date_created', 'text', 'room_id', 'sender_id'],
  message_recipients: ['id', 'message_id'],
  userprofile: ['last_visit', 'user_id'],
} as const
type TableName = keyof typeof columns
const optional: readonly TableName[] = ['message_recipients', 'userprofile']
const tableOf = (name: TableName) => `django_chatter_${name}`

/** @throws DatabaseProblem where that is no database of django-chatter, or its users are not found so */
export async function openHistory(db: DjangoDatabase, users: DjangoUsers): Promise<DjangoHistory> {
  const has = await tablesIn(db)
  const { table: U, key, id, isUuid, names, username, isActive } = await usersIn(db, users)
  const T = (name: TableName) => db.named(tableOf(name))
  const [memberOf, recipientOf] = [
    userColumn(has.get('room_members')),
    userColumn(has.get('message_recipients')),
  ]
  const hasRecipients = has.has('message_recipients')
  const hasProfiles = has.has('userprofile')
  const idOf = (of: string) => `CAST(${of}.${id} AS TEXT)`
  const shown = (raw: unknown) =>
    typeof raw === 'string' ? ((isUuid ? asUuid(raw) : undefined) ?? raw) : null
  const listIn = (raw: unknown): (string | null)[] => (JSON.parse(String(raw)) as unknown[]).map(shown)

  // Two people under one id would read what the other wrote.
  for await (const [row] of db.pages(
    `SELECT ${idOf('u')} AS id FROM ${U} u WHERE ${id} IS NOT NULL GROUP BY 1 HAVING count(*) > 1 LIMIT 1`,
  )) {
    if (row)
      throw new DatabaseProblem(`--user-id: several users have ${JSON.stringify(row.id)} in that column`)
  }

  const active = isActive
    ? `WHERE u.is_active
         OR EXISTS (SELECT 1 FROM ${T('room_members')} x WHERE x.${memberOf} = u.${key})
         OR EXISTS (SELECT 1 FROM ${T('message')} x WHERE x.sender_id = u.${key})`
    : ''
  const usersSql = `
    SELECT ${idOf('u')} AS id, ${names.map((name, nth) => `u.${name} AS name_${nth},`).join(' ')}
      ${username === undefined ? 'NULL' : `u.${username}`} AS username,
      ${hasProfiles ? db.time('p.last_visit') : 'NULL'} AS seen
    FROM ${U} u ${hasProfiles ? `LEFT JOIN ${T('userprofile')} p ON p.user_id = u.${key}` : ''}
    ${active} ORDER BY u.${key}`
  const roomsSql = `
    SELECT r.id, ${db.time('r.date_created')} AS at,
      (SELECT count(*) FROM ${T('message')} m WHERE m.room_id = r.id) AS messages,
      (SELECT ${db.list('y.id')} FROM (
         SELECT ${idOf('u')} AS id FROM ${T('room_members')} x LEFT JOIN ${U} u ON u.${key} = x.${memberOf}
         WHERE x.room_id = r.id ORDER BY x.id) y) AS members
    FROM ${T('room')} r ORDER BY messages DESC, r.date_created, r.id`
  const readers = hasRecipients
    ? `(SELECT ${db.list(idOf('v'))} FROM ${T('message_recipients')} x JOIN ${U} v ON v.${key} = x.${recipientOf}
        WHERE x.message_id = m.id)`
    : `'[]'`
  const messagesSql = `
    SELECT m.id, ${db.time('m.date_created')} AS at, m.text, CAST(m.sender_id AS TEXT) AS sender, ${idOf('u')} AS author,
      ${readers} AS readers
    FROM ${T('message')} m LEFT JOIN ${U} u ON u.${key} = m.sender_id
    WHERE m.room_id = ${db.parameter} ORDER BY m.date_created, m.id`

  return {
    place: db.place,
    hasRecipients,
    hasProfiles,
    async countMessages() {
      for await (const [row] of db.pages(`SELECT count(*) AS count FROM ${T('message')}`))
        return Number(row?.count)
      return 0
    },
    users: () =>
      mapped(db.pages(usersSql), (row) => ({
        id: shown(row.id) ?? '',
        name: nameIn(row, names.length),
        lastVisit: row.seen,
      })),
    rooms: () =>
      mapped(db.pages(roomsSql), (row) => ({
        ...{ id: String(row.id), key: row.id, at: row.at },
        ...{ messages: Number(row.messages), members: listIn(row.members) },
      })),
    messages: ({ key: room }) =>
      mapped(db.pages(messagesSql, room), (row) => ({
        ...{ id: String(row.id), at: row.at, text: String(row.text ?? '') },
        ...{
          author: shown(row.author) ?? undefined,
          sender: String(row.sender),
          readers: listIn(row.readers),
        },
      })),
  }
}

function nameIn(row: Row, count: number): string {
  const parts = Array.from({ length: count }, (_, nth) => String(row[`name_${nth}`] ?? '').trim())
  return parts.filter((part) => part !== '').join(' ') || String(row.username ?? '')
}

async function* mapped<T>(pages: AsyncIterable<readonly Row[]>, of: (row: Row) => T): AsyncIterable<T[]> {
  for await (const page of pages) yield page.map(of)
}

async function tablesIn(db: DjangoDatabase): Promise<Map<TableName, readonly Column[]>> {
  const found = new Map<TableName, readonly Column[]>()
  for (const name of Object.keys(columns) as TableName[]) {
    const there = await db.columnsOf(tableOf(name))
    if (there.length > 0) found.set(name, there)
  }
  const missing = (Object.keys(columns) as TableName[]).filter(
    (name) => !found.has(name) && !optional.includes(name),
  )
  if (missing.length > 0) {
    throw new DatabaseProblem(
      `${db.place} has no tables of django-chatter: ${missing.map(tableOf).join(', ')} missing`,
    )
  }
  for (const [name, there] of found) {
    const lacking = columns[name].filter((column) => !there.some((one) => one.name === column))
    if (lacking.length === 0) continue
    throw new DatabaseProblem(
      `${tableOf(name)} in ${db.place} has no ${lacking.join(', ')}: it is of a django-chatter that Chatter does not know`,
    )
  }
  return found
}

/** Of a table between two others: Django names it by the model of the site's users. */
const userColumn = (there: readonly Column[] = []) =>
  quoted(there.find(({ name }) => !['id', 'room_id', 'message_id'].includes(name))?.name ?? 'user_id')

async function usersIn(db: DjangoDatabase, { table, id, name = [] }: DjangoUsers) {
  const there = await db.columnsOf(table)
  if (there.length === 0) {
    throw new DatabaseProblem(
      `${db.place} has no table ${table}: name the one of the site's users by --user-table (that of AUTH_USER_MODEL shop.Person is shop_person)`,
    )
  }
  const key = there.find(({ isKey }) => isKey)?.name ?? 'id'
  const find = (flag: string, wanted: string) => {
    const column = there.find((one) => one.name === wanted)
    if (column) return column
    throw new DatabaseProblem(
      `--${flag}: ${table} has no column ${wanted}, only ${there.map((one) => one.name).join(', ')}`,
    )
  }
  const ofId = find('user-id', id ?? key)
  return {
    table: db.named(table),
    key: quoted(key),
    id: quoted(ofId.name),
    // On SQLite it is one without its dashes.
    isUuid: /^char\(32\)$/i.test(ofId.type),
    names: name.map((one) => quoted(find('user-name', one).name)),
    username: there.some((one) => one.name === 'username') ? quoted('username') : undefined,
    isActive: there.some((one) => one.name === 'is_active'),
  }
}
