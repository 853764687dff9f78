import Database from 'better-sqlite3'
import pg from 'pg'

/** A database with the tables that Django makes for django-chatter 1.0.7, to be filled. */
export type Django = {
  /** `--sqlite FILE`, or `--postgres URL` and what else leads there. */
  readonly flags: readonly string[]
  user(
    id: number,
    username: string,
    other?: { first?: string; last?: string; isActive?: boolean },
  ): Promise<void>
  room(id: string, at: string, ...members: number[]): Promise<void>
  message(id: number, message: DjangoMessage): Promise<void>
  visit(user: number, at: string): Promise<void>
  /** For what is as it should never be. */
  run(statement: string, ...values: readonly unknown[]): Promise<void>
  close(): Promise<void>
}

type DjangoMessage = {
  readonly room: string
  readonly sender: number
  readonly text: string
  /** As Django writes it: `2019-05-25 03:08:00.123456`. */
  readonly at: string
  /** Who has it as read, beside its sender. */
  readonly readers?: readonly number[]
}

type Words = { readonly [word in 'serial' | 'uuid' | 'time' | 'bool']: string }

/** As `manage.py sqlmigrate` prints it, of both apps, without what only Django reads. */
const tables = ({ serial, uuid, time, bool }: Words) => `
  CREATE TABLE "auth_user" ("id" ${serial} NOT NULL PRIMARY KEY, "password" varchar(128) NOT NULL, "last_login" ${time} NULL,
    "is_superuser" ${bool} NOT NULL, "username" varchar(150) NOT NULL UNIQUE, "first_name" varchar(30) NOT NULL,
    "last_name" varchar(150) NOT NULL, "email" varchar(254) NOT NULL, "is_staff" ${bool} NOT NULL,
    "is_active" ${bool} NOT NULL, "date_joined" ${time} NOT NULL);
  CREATE TABLE "django_chatter_room" ("date_created" ${time} NOT NULL, "date_modified" ${time} NOT NULL,
    "id" ${uuid} NOT NULL PRIMARY KEY);
  CREATE TABLE "django_chatter_message" ("id" ${serial} NOT NULL PRIMARY KEY, "date_created" ${time} NOT NULL,
    "date_modified" ${time} NOT NULL, "text" text NOT NULL,
    "room_id" ${uuid} NOT NULL REFERENCES "django_chatter_room" ("id") DEFERRABLE INITIALLY DEFERRED,
    "sender_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE "django_chatter_message_recipients" ("id" ${serial} NOT NULL PRIMARY KEY,
    "message_id" integer NOT NULL REFERENCES "django_chatter_message" ("id") DEFERRABLE INITIALLY DEFERRED,
    "user_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE "django_chatter_room_members" ("id" ${serial} NOT NULL PRIMARY KEY,
    "room_id" ${uuid} NOT NULL REFERENCES "django_chatter_room" ("id") DEFERRABLE INITIALLY DEFERRED,
    "user_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE "django_chatter_userprofile" ("id" ${serial} NOT NULL PRIMARY KEY, "last_visit" ${time} NOT NULL,
    "user_id" integer NOT NULL UNIQUE REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED);
  CREATE INDEX "django_chatter_message_room_id_d61a1f23" ON "django_chatter_message" ("room_id");
  CREATE INDEX "django_chatter_message_sender_id_5c5b3a28" ON "django_chatter_message" ("sender_id");
  CREATE UNIQUE INDEX "django_chatter_message_recipients_message_id_user_id_uniq"
    ON "django_chatter_message_recipients" ("message_id", "user_id");
  CREATE INDEX "django_chatter_message_recipients_user_id" ON "django_chatter_message_recipients" ("user_id");
  CREATE UNIQUE INDEX "django_chatter_room_members_room_id_user_id_uniq" ON "django_chatter_room_members" ("room_id", "user_id");
  CREATE INDEX "django_chatter_room_members_user_id" ON "django_chatter_room_members" ("user_id");`

type Base = Pick<Django, 'flags' | 'run' | 'close'> & {
  readonly uuid: (id: string) => string
  readonly time: (at: string) => string
}

/** On SQLite Django writes a UUID as 32 hex digits, and a time as UTC without saying so. */
export async function aDjangoFile(file: string): Promise<Django> {
  const db = new Database(file)
  // As Django's own connections are outside of its transactions.
  db.pragma('foreign_keys = OFF')
  db.exec(tables({ serial: 'integer', uuid: 'char(32)', time: 'datetime', bool: 'bool' }))
  return djangoOn({
    flags: ['--sqlite', file],
    uuid: (id) => id.replaceAll('-', ''),
    time: (at) => at,
    run: async (statement, ...values) => {
      db.prepare(statement.replace(/\$\d+/g, '?')).run(
        ...values.map((one) => (typeof one === 'boolean' ? Number(one) : one)),
      )
    },
    close: async () => void db.close(),
  })
}

/** In a schema of its own, as django-tenants has it, or in `public`. */
export async function aDjangoSchema(url: string, schema = 'public'): Promise<Django> {
  const client = new pg.Client(url)
  // Its server is stopped while it is open, where a test failed.
  client.on('error', () => {})
  await client.connect()
  await client.query(
    `CREATE SCHEMA IF NOT EXISTS "${schema}"; SET search_path TO "${schema}"; SET TIME ZONE 'Asia/Tokyo'`,
  )
  await client.query(
    tables({ serial: 'serial', uuid: 'uuid', time: 'timestamp with time zone', bool: 'boolean' }),
  )
  return djangoOn({
    flags: ['--postgres', url, ...(schema === 'public' ? [] : ['--schema', schema])],
    uuid: (id) => id,
    time: (at) => `${at}+00`,
    run: async (statement, ...values) => void (await client.query(statement, [...values])),
    close: () => client.end(),
  })
}

function djangoOn({ flags, run, close, uuid, time }: Base): Django {
  const joined = '2019-01-01 00:00:00'
  return {
    flags,
    run,
    close,
    user: (id, username, { first = '', last = '', isActive = true } = {}) =>
      run(
        `INSERT INTO auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
         VALUES ($1, '!', $2, $3, $4, $5, '', $6, $7, $8)`,
        ...[id, false, username, first, last, false, isActive, time(joined)],
      ),
    async room(id, at, ...members) {
      await run(
        'INSERT INTO django_chatter_room (date_created, date_modified, id) VALUES ($1, $2, $3)',
        ...[time(at), time(at), uuid(id)],
      )
      for (const user of members) {
        await run(
          'INSERT INTO django_chatter_room_members (room_id, user_id) VALUES ($1, $2)',
          uuid(id),
          user,
        )
      }
    },
    async message(id, { room, sender, text, at, readers = [] }) {
      await run(
        `INSERT INTO django_chatter_message (id, date_created, date_modified, text, room_id, sender_id)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        ...[id, time(at), time(at), text, uuid(room), sender],
      )
      for (const user of new Set([sender, ...readers])) {
        await run(
          'INSERT INTO django_chatter_message_recipients (message_id, user_id) VALUES ($1, $2)',
          id,
          user,
        )
      }
    },
    visit: (user, at) =>
      run('INSERT INTO django_chatter_userprofile (last_visit, user_id) VALUES ($1, $2)', time(at), user),
  }
}
