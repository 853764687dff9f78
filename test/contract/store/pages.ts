import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../../server/protocol/limits.ts'
import type { MessageView } from '../../../server/protocol/views.ts'
import type { Position, StoredChanges } from '../../../server/store/store.ts'
import type { Site, World } from './a-world.ts'

/** What may happen in a room. Not each number it takes is a message's place, so seqs have holes. */
const step = fc.constantFrom('say', 'say', 'rename', 'edit', 'delete')
const someSteps = fc.array(step, { maxLength: 30 })
const somePlace = fc.nat({ max: 44 })
const somePosition: fc.Arbitrary<Position> = fc.oneof(
  fc.constant({}),
  somePlace.map((before) => ({ before })),
  somePlace.map((after) => ({ after })),
  somePlace.map((around) => ({ around })),
)

/** Plays the steps in a new room. `renamedAt` is the number of the last new name, 0 without. */
async function play(site: Site, steps: readonly string[]) {
  const room = await site.group('a room', 'mina')
  const said: MessageView[] = []
  let [head, renamedAt] = [0, 0]
  for (const [index, name] of steps.entries()) {
    const at = (index * 7) % Math.max(said.length, 1)
    const message = said[at]
    if (name === 'rename') {
      await site.alter(room, { kind: 'rename', name: `step ${index}` })
      renamedAt = ++head
    } else if (name === 'edit' && message) await site.edit(message, `edited in step ${index}`)
    else if (name === 'delete' && message) {
      await site.delete(message)
      said.splice(at, 1)
    } else said.push(await site.say(room, 'mina', `step ${index}`))
    head++
  }
  return { room, head, renamedAt }
}

/** The page as its definition says it, from the whole list. */
function naivePage(all: readonly MessageView[], position: Position, limit: number) {
  const isBefore = (place: number) => all.filter(({ seq }) => seq < place)
  const isFrom = (place: number) => all.filter(({ seq }) => seq >= place)
  if ('after' in position) {
    const rest = isFrom(position.after + 1)
    const messages = rest.slice(0, limit)
    return { messages, older: rest.length < all.length, newer: rest.length > messages.length }
  }
  if ('around' in position) {
    const [before, rest] = [isBefore(position.around), isFrom(position.around)]
    const older = before.slice(-(limit >> 1) || before.length)
    const newer = rest.slice(0, limit - older.length)
    return {
      messages: [...older, ...newer],
      older: before.length > older.length,
      newer: rest.length > newer.length,
    }
  }
  const rest = isBefore(position.before ?? Number.MAX_SAFE_INTEGER)
  const messages = rest.slice(-limit)
  return { messages, older: rest.length > messages.length, newer: rest.length < all.length }
}

/** Asks for changes until there are no more. */
async function allChanges(site: Site, room: string, since: number, limit: number): Promise<StoredChanges[]> {
  const answers: StoredChanges[] = []
  for (let from = since; ; ) {
    const answer = await site.store.readChanges(room, from, limit)
    answers.push(answer)
    if (!answer.more) return answers
    from = answer.messages.at(-1)?.rev ?? assert.fail('more, but nothing')
  }
}

/** History by place, changes by rev. */
export function pagePromises(world: World): void {
  it('a page is what its definition says, at every place of every room', async () => {
    const site = world.site()
    const someLimit = fc.integer({ min: 1, max: 12 })
    const someQueries = fc.array(fc.tuple(somePosition, someLimit), { minLength: 5, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(someSteps, someQueries, async (steps, queries) => {
        const { room, head } = await play(site, steps)
        const all = await site.history(room)
        for (const [position, limit] of queries) {
          const page = await site.store.readPage(room, position, limit)
          assert.deepEqual(page, { ...naivePage(all, position, limit), head })
        }
      }),
      { numRuns: 60 },
    )
  })

  it('an empty room has empty pages, with nothing before or after them', async () => {
    const site = world.site()
    const room = await site.room('mina')
    const positions: Position[] = [
      {},
      { before: 0 },
      { before: 9 },
      { after: 0 },
      { after: 9 },
      { around: 0 },
    ]
    for (const position of positions) {
      const page = await site.store.readPage(room, position, 10)
      assert.deepEqual(page, { messages: [], head: 0, older: false, newer: false }, JSON.stringify(position))
    }
  })

  it('one message at a time leads from either end of a room to the other', async () => {
    const site = world.site()
    const { room } = await play(site, ['say', 'rename', 'say', 'edit', 'say', 'rename', 'delete'])
    const up: number[] = []
    for (let after = 0; ; ) {
      const { messages, newer } = await site.store.readPage(room, { after }, 1)
      up.push(...messages.map(({ seq }) => seq))
      after = messages.at(-1)?.seq ?? after
      if (!newer) break
    }
    const down: number[] = []
    for (let before: number | undefined; ; ) {
      const position = before === undefined ? {} : { before }
      const { messages, older } = await site.store.readPage(room, position, 1)
      down.push(...messages.map(({ seq }) => seq))
      before = messages[0]?.seq
      if (!older) break
    }
    assert.deepEqual(up, [1, 3, 4, 6, 8])
    assert.deepEqual(down, up.toReversed())
  })

  it('a page says the head of the room, changes of the room itself included', async () => {
    const site = world.site()
    const { room } = await play(site, ['say', 'rename', 'edit', 'rename'])
    assert.equal((await site.store.readPage(room, {}, 10)).head, 6)
    assert.equal((await site.store.readPage(room, { before: 1 }, 10)).head, 6)
  })

  it('a room that does not exist has an empty history', async () => {
    const site = world.site()
    const page = await site.store.readPage(uuidv7(), {}, 10)
    assert.deepEqual(page, { messages: [], head: 0, older: false, newer: false })
  })

  it('changes are the messages whose rev is after since, ascending by rev, whatever the page size', async () => {
    const site = world.site()
    const someLimit = fc.integer({ min: 1, max: 12 })
    await fc.assert(
      fc.asyncProperty(someSteps, somePlace, someLimit, async (steps, place, limit) => {
        const { room, head, renamedAt } = await play(site, steps)
        const since = Math.min(place, head)
        const answers = await allChanges(site, room, since, limit)
        const all = await site.history(room)
        const newer = all.filter(({ rev }) => rev > since).sort((a, b) => a.rev - b.rev)
        assert.deepEqual(
          answers.flatMap(({ messages }) => messages),
          newer,
        )
        for (const answer of answers) {
          assert.equal(answer.head, head)
          assert.equal(answer.reset, undefined)
          assert.ok(answer.messages.length === limit || !answer.more, 'a page is full, or the last')
        }
        assert.equal(answers[0]?.roomChanged, renamedAt > since)
      }),
      { numRuns: 60 },
    )
  })

  it('a rev beyond the head is from another life: reset', async () => {
    const site = world.site()
    const { room, head } = await play(site, ['say', 'say'])
    const { reset, messages, more } = await site.store.readChanges(room, head + 1, 10)
    assert.deepEqual({ reset, messages, more }, { reset: true, messages: [], more: false })
    assert.equal((await site.store.readChanges(room, head, 10)).reset, undefined)
    assert.equal((await site.store.readChanges(uuidv7(), 1, 10)).reset, true)
    assert.equal((await site.store.readChanges(uuidv7(), 0, 10)).reset, undefined)
  })

  it('too many changes to catch up with: reset', async () => {
    const site = world.site()
    const room = await site.room('mina')
    await Promise.all(Array.from({ length: limits.changes + 1 }, () => site.say(room, 'mina')))
    assert.equal((await site.store.readChanges(room, 0, 10)).reset, true)
    const { reset, messages, more } = await site.store.readChanges(room, 1, 10)
    assert.deepEqual([reset, messages.length, more], [undefined, 10, true])
  })
}
