/** What docs/operations.md says of who else reads the tables, and of encrypted backups, as it stands there. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import { uuidv7 } from 'uuidv7'
import { openPostgres } from '../../server/store/postgres/open.ts'
import { jsonOf } from '../support/builders.ts'
import { aChatterFolder } from '../support/chatter-process.ts'
import { chatterProgram } from '../support/chatter-program.ts'
import { textWith } from '../support/markdown.ts'
import { perform, startPostgres } from '../support/postgres.ts'
import { startServer } from '../support/server.ts'

const page = 'docs/operations.md'

/** A chat of two in each of these tenants, with its name as its text. */
async function fill(stores: Awaited<ReturnType<typeof openPostgres>>, tenants: readonly string[]) {
  await using server = await startServer({ stores })
  for (const tenant of tenants) {
    const { id } = await server.chatter.createRoom([{ id: 'mina' }, { id: 'sam' }], { tenant })
    const message = { room: id, id: uuidv7(), author: 'mina', text: `said in ${tenant}` }
    await stores.forTenant(tenant).append(message)
  }
}

test('a role of one tenant reads its rows and no others, and the server goes on as before', async () => {
  const postgres = await startPostgres()
  try {
    const url = await postgres.newDatabase()
    await perform(url, "CREATE ROLE owner LOGIN PASSWORD 'x'; GRANT ALL ON SCHEMA public TO owner")
    const as = (role: string) => url.replace('chatter@', `${role}:x@`)
    const open = () => openPostgres({ url: as('owner'), role: 'server', now: Date.now, patienceMs: 5_000 })
    const stores = await open()
    await fill(stores, ['shop', 'other'])
    await perform(url, textWith(page, 'sql', 'POLICY'))
    await perform(url, "CREATE ROLE reads_ LOGIN PASSWORD 'x' IN ROLE chatter_readers")
    const texts = async (role: string) => {
      const client = new pg.Client(as(role))
      await client.connect()
      try {
        await client.query("SET app.tenant = 'other'")
        const { rows } = await client.query('SELECT text FROM messages ORDER BY text')
        for (const table of ['tenants', 'keys', 'links', 'meta'])
          await assert.rejects(client.query(`SELECT * FROM ${table}`), /permission denied/, table)
        await assert.rejects(client.query("UPDATE messages SET text = ''"), /permission denied/)
        return rows.map(({ text }) => text)
      } finally {
        await client.end()
      }
    }
    assert.deepEqual(await texts('reads_shop'), ['said in shop'])
    assert.deepEqual(await texts('reads_'), [])
    await fill(stores, ['third'])
    await stores.close()
    const again = await open()
    await using server = await startServer({ stores: again })
    const { id } = await server.chatter.createRoom([{ id: 'mina' }, { id: 'sam' }])
    const mina = await server.join('mina')
    await mina.send(id, 'Hello')
    const { messages } = await jsonOf<{ messages: object[] }>(server.fetch('sam', `rooms/${id}/messages`))
    assert.equal(messages.length, 1)
    await mina.socket.close()
  } finally {
    await postgres.stop()
  }
})

const isThere = spawnSync('gpg', ['--version']).status === 0

test('a backup that was encrypted as the page says is none without its key, and restores', {
  skip: !isThere && 'there is no gpg',
}, async () => {
  await using folder = aChatterFolder()
  const server = await folder.serve()
  server.kill('SIGTERM')
  await server.ended
  const key = join(folder.path, 'backup.key')
  writeFileSync(key, 'a long passphrase of the test')
  const env = {
    ...process.env,
    CHATTER_DATA: folder.path,
    CHATTER_SECRET: 'x'.repeat(32),
    GNUPGHOME: folder.path,
  }
  const say = (words: string) => {
    const commands = textWith(page, '', words)
      .replaceAll(/^chatter /gm, `"${process.execPath}" "${chatterProgram}" `)
      .replaceAll('/dev/shm', folder.path)
      .replaceAll('/etc/chatter/backup.key', key)
    execFileSync('sh', ['-ec', commands], { cwd: folder.path, env, stdio: 'pipe' })
  }
  try {
    say('--symmetric')
    const sealed = readFileSync(join(folder.path, 'backup.db.gpg'))
    assert.ok(!sealed.includes('SQLite format'))
    say('--decrypt')
    assert.ok(readFileSync(join(folder.path, 'chatter.db')).includes('SQLite format'))
  } finally {
    execFileSync('gpgconf', ['--homedir', folder.path, '--kill', 'gpg-agent'])
  }
})
