import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RoomBatches } from '../../../server/store/postgres/room-batches.ts'

type Job = { readonly room: string; readonly id: string }
type Write = {
  /** What it writes, as `room id`. */
  readonly jobs: readonly string[]
  readonly way: 'together' | 'alone'
  /** Ends it; what is named was not written. */
  end(...left: string[]): void
}

const named = ({ room, id }: Job) => `${room} ${id}`
const aTurn = () => new Promise(setImmediate)

/** Batches whose writes end when the test says so: two together and one alone. */
function someBatches() {
  const writes: Write[] = []
  const write = (way: Write['way']) => (batch: readonly Job[]) =>
    new Promise<readonly Job[]>((resolve) => {
      const end = (...left: string[]) => resolve(batch.filter((job) => left.includes(named(job))))
      writes.push({ jobs: batch.map(named), way, end })
    })
  const alone = write('alone')
  const batches = new RoomBatches<Job>({
    together: write('together'),
    alone: async (batch) => void (await alone(batch)),
    lanes: { together: 2, alone: 1 },
  })
  return {
    batches,
    /** Adds them in one turn of the event loop, and lets what follows happen. */
    async add(...jobs: string[]) {
      for (const job of jobs) {
        const [room = '', id = ''] = job.split(' ')
        batches.add({ room, id })
      }
      await aTurn()
      await aTurn()
    },
    async end(index: number, ...left: string[]) {
      writes[index]?.end(...left)
      await aTurn()
    },
    /** Every write so far, in order. */
    seen: () => writes.map(({ jobs }) => jobs),
    ways: () => writes.map(({ way }) => way),
  }
}

describe('batches of many rooms', () => {
  it('what one turn of the event loop brings leaves at once, in one batch, whatever the room', async () => {
    const { add, seen } = someBatches()
    await add('a 1', 'b 1', 'a 2')
    assert.deepEqual(seen(), [['a 1', 'a 2', 'b 1']])
  })

  it('while two are under way, what comes gathers for the next', async () => {
    const { add, end, seen } = someBatches()
    await add('a 1')
    await add('b 1')
    await add('c 1')
    await add('d 1')
    assert.deepEqual(seen(), [['a 1'], ['b 1']])
    await end(1)
    assert.deepEqual(seen().slice(2), [['c 1', 'd 1']])
  })

  it('a room is in one batch at a time, in its order', async () => {
    const { add, end, seen } = someBatches()
    await add('a 1')
    await add('a 2', 'b 1')
    await add('a 3')
    assert.deepEqual(seen(), [['a 1'], ['b 1']])
    await end(0)
    assert.deepEqual(seen().slice(2), [['a 2', 'a 3']])
  })

  it('a room that others write in too goes alone at once, for a while, and keeps its order', async () => {
    const { add, end, seen, ways } = someBatches()
    await add('a 1')
    await end(0, 'a 1')
    await end(1)
    await add('b 1', 'a 2')
    await add('a 3')
    assert.deepEqual(seen().slice(2), [['a 2'], ['b 1']])
    assert.deepEqual(ways().slice(2), ['alone', 'together'])
    await end(2)
    assert.deepEqual([seen()[4], ways()[4]], [['a 3'], 'alone'])
  })

  it('a room that was contended once is tried among the others again', async () => {
    const { add, end, seen, ways } = someBatches()
    await add('a 0')
    await end(0, 'a 0')
    await end(1)
    while (ways().at(-1) === 'alone') {
      assert.ok(seen().length < 100, 'it goes alone for ever')
      await add(`a ${seen().length}`)
      await end(seen().length - 1)
    }
    assert.equal(ways().at(-1), 'together')
  })

  it('what could not be written goes alone, and holds up no other room', async () => {
    const { add, end, seen, ways } = someBatches()
    await add('a 1', 'b 1', 'a 2')
    await end(0, 'a 1', 'a 2')
    await add('a 3', 'b 2', 'c 1')
    assert.deepEqual(seen().slice(1), [
      ['a 1', 'a 2'],
      ['b 2', 'c 1'],
    ])
    assert.deepEqual(ways(), ['together', 'alone', 'together'])
    await end(1)
    assert.deepEqual([seen()[3], ways()[3]], [['a 3'], 'alone'])
  })

  it('while another goes alone it is tried with those that came later, then waits until it can go alone', async () => {
    const { add, end, seen, ways } = someBatches()
    await add('a 1', 'b 1')
    await end(0, 'a 1', 'b 1')
    assert.deepEqual(seen().slice(1), [['a 1'], ['b 1']])
    await add('b 2', 'c 1')
    assert.deepEqual(seen().slice(3), [['c 1']])
    await end(2, 'b 1')
    for (let index = 4; seen().length > index; index++) {
      assert.deepEqual([seen()[index], ways()[index]], [['b 1', 'b 2'], 'together'])
      await end(index, 'b 1', 'b 2')
    }
    const tried = seen().length
    assert.ok(tried > 5 && tried < 20, `${tried} writes`)
    await end(1)
    assert.deepEqual([seen()[tried], ways()[tried]], [['b 1', 'b 2'], 'alone'])
  })

  it('one id goes once in a batch, and in every room', async () => {
    const { add, end, seen } = someBatches()
    await add('a 1', 'a 1', 'b 1')
    await end(0)
    assert.deepEqual(seen(), [['a 1', 'b 1'], ['a 1']])
  })

  it('a batch holds 200, and a room that has more waits behind the others', async () => {
    const { add, end, seen } = someBatches()
    await add('x 1')
    await add('y 1')
    await add(...Array.from({ length: 300 }, (_, n) => `a ${n}`), 'b 1')
    await end(0)
    await end(1)
    const [first, second] = seen().slice(2)
    assert.deepEqual([first?.length, first?.[0], first?.at(-1)], [200, 'a 0', 'a 199'])
    assert.deepEqual(second, ['b 1'])
    await end(2)
    assert.deepEqual([seen()[4]?.length, seen()[4]?.[0]], [100, 'a 200'])
  })

  it('they are idle when all of it was written', async () => {
    const { batches, add, end } = someBatches()
    let isIdle = false
    batches.add({ room: 'a', id: '1' })
    const idle = batches.whenIdle().then(() => {
      isIdle = true
    })
    await add()
    await add('a 2')
    await end(0, 'a 1')
    await end(1)
    await aTurn()
    assert.equal(isIdle, false)
    await end(2)
    await idle
    await batches.whenIdle()
  })
})
