/** Criterion 8: an older backup is put in place of the database, and clients show what is there now. */
import assert from 'node:assert/strict'
import { copyFileSync, rmSync } from 'node:fs'
import { join as pathOf } from 'node:path'
import { after, before, test } from 'node:test'
import { aChatterFolder } from '../support/chatter-process.ts'
import { type PostgresServer, perform, startPostgres } from '../support/postgres.ts'
import { Line } from '../support/proxy.ts'
import { aGroup } from './api.ts'
import { aCluster } from './cluster.ts'
import { differencesIn } from './history.ts'
import { freshRoom } from './load.ts'
import { marker } from './node.ts'
import { Person } from './person.ts'
import { until } from './until.ts'

let postgres: PostgresServer
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres.stop())

/** Two people in a room, whose devices stay on through everything. */
async function aTalk(url: string) {
  const founders = ['mina', 'sam']
  const id = await aGroup(url, founders)
  const people = founders.map((user) => new Person({ url, user, happenings: [] }))
  const [mina] = people
  await until(() => people.every((person) => person.holds(id)), 'everybody to open the room')
  return {
    say: (text: string) => mina?.send(id, `${marker}${text}`),
    /** Waits until everybody shows these texts, and they are what the server has. */
    async shows(...texts: string[]): Promise<void> {
      const expected = texts.map((text) => `${marker}${text}`).join()
      const shown = (person: Person) =>
        person
          .held()[0]
          ?.messages.map(({ text }) => text)
          .join()
      for (const { chat } of people) chat.wake()
      await until(
        () => people.every((person) => person.waiting === 0 && shown(person) === expected),
        () => `${expected} on all devices: ${people.map(shown).join(' and ')}`,
      )
      const fresh = [await freshRoom(url, { id, founders })]
      assert.deepEqual(fresh[0]?.messages.map(({ text }) => text).join(), expected)
      const differences = () => differencesIn({ fresh, held: people.flatMap((person) => person.held()) })
      await until(
        () => differences().length === 0,
        () => differences().join('\n'),
      )
    },
    [Symbol.dispose]() {
      for (const person of people) person[Symbol.dispose]()
    },
  }
}

test('8: after a restore of SQLite devices drop what is no longer there, and go on from the backup', async () => {
  await using folder = aChatterFolder()
  let server = await folder.serve()
  await using front = await Line.open(() => [{ port: Number(new URL(server.url).port) }])
  using talk = await aTalk(`http://127.0.0.1:${front.port}/`)
  const [database, backup] = [pathOf(folder.path, 'chatter.db'), pathOf(folder.path, 'backup.db')]
  const stop = async (signal: 'SIGTERM' | 'SIGKILL') => {
    server.kill(signal)
    await server.ended
  }
  talk.say('one')
  talk.say('two')
  await talk.shows('one', 'two')
  await stop('SIGTERM')
  copyFileSync(database, backup)
  server = await folder.serve()
  talk.say('three')
  talk.say('four')
  await talk.shows('one', 'two', 'three', 'four')
  await stop('SIGKILL')
  copyFileSync(backup, database)
  for (const end of ['-wal', '-shm']) rmSync(`${database}${end}`, { force: true })
  server = await folder.serve()
  await talk.shows('one', 'two')
  talk.say('another three')
  await talk.shows('one', 'two', 'another three')
})

test('8: after a restore of Postgres and `chatter epoch --renew` they do the same', async () => {
  await using cluster = await aCluster(postgres, ['sound'])
  await using folder = aChatterFolder()
  using talk = await aTalk(cluster.url)
  const { databaseUrl } = cluster
  const name = new URL(databaseUrl).pathname.slice(1)
  const stop = () => cluster.members.at(-1)?.node.drain()
  talk.say('one')
  talk.say('two')
  await talk.shows('one', 'two')
  await stop()
  await perform(postgres.url, `CREATE DATABASE backup TEMPLATE ${name}`)
  await cluster.join()
  talk.say('three')
  talk.say('four')
  await talk.shows('one', 'two', 'three', 'four')
  await stop()
  await perform(postgres.url, `DROP DATABASE ${name} WITH (FORCE)`)
  await perform(postgres.url, `CREATE DATABASE ${name} TEMPLATE backup`)
  assert.equal((await folder.run('epoch', '--renew', '--database-url', databaseUrl)).code, 0)
  await cluster.join()
  await talk.shows('one', 'two')
  talk.say('another three')
  await talk.shows('one', 'two', 'another three')
  assert.deepEqual(cluster.complaints(), [])
})
