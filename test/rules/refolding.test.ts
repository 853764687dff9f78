/** How names of earlier versions are made anew, whatever the database. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { batchUsers, type Refolder, refoldAll, type UserKey } from '../../server/rules/refolding.ts'

const never = new AbortController().signal

/** So many users of foxes and of others in turn, in memory. */
class Users implements Refolder {
  readonly batches: number[] = []
  done = false
  readonly #users: readonly (UserKey & { name: string })[]

  constructor(count: number) {
    const id = (n: number) => `${n}`.padStart(6, '0')
    this.#users = Array.from({ length: count }, (_, n) => ({
      tenant: 'site',
      id: id(n),
      name: n % 2 === 0 ? '🦊' : 'Ann',
    }))
  }

  isDone = () => this.done
  readUsers = (after: UserKey, most: number) => this.#users.filter(({ id }) => id > after.id).slice(0, most)

  async refold(users: readonly UserKey[]): Promise<void> {
    this.batches.push(users.length)
  }

  async markDone(): Promise<void> {
    this.done = true
  }
}

it('all users are looked at in short batches, each in a turn of its own, and only those who need it are written', async () => {
  const users = new Users(1_000)
  let turns = 0
  const count = () => {
    turns++
    if (!users.done) setImmediate(count)
  }
  setImmediate(count)
  await refoldAll(users, never)
  assert.deepEqual(users.batches, Array(1_000 / batchUsers).fill(batchUsers / 2))
  assert.ok(turns >= 1_000 / batchUsers, `${turns} turns for others`)
})

it('it is done once', async () => {
  const users = new Users(10)
  await refoldAll(users, never)
  await refoldAll(users, never)
  assert.deepEqual(users.batches, [5])
})

it('a server that stops does not wait for it, and the next one begins again', async () => {
  const users = new Users(1_000)
  const stop = new AbortController()
  const refold = users.refold.bind(users)
  users.refold = async (some) => {
    await refold(some)
    stop.abort()
  }
  await refoldAll(users, stop.signal)
  assert.equal(users.batches.length, 1)
  assert.ok(!users.done)
})
