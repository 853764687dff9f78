import assert from 'node:assert/strict'
import fc from 'fast-check'
import { uuidv7 } from 'uuidv7'
import { Problem } from '../../../server/protocol/problems.ts'
import type { MessageView } from '../../../server/protocol/views.ts'
import type { Store } from '../../../server/store/store.ts'
import { aSystemMessage, type GroupChange } from './a-world.ts'

export const people = ['mina', 'sam', 'lee', 'ada']
const names = ['send', 'send', 'edit', 'delete', 'rename', 'add', 'remove', 'give', 'take'] as const
const somebody = fc.constantFrom(...people)

/** What somebody does in a group, about somebody or some message. */
export type Move = { name: (typeof names)[number]; by: string; about: string; at: number }

/** Moves in turns; those of a turn are made at the same time. */
export const someTurns: fc.Arbitrary<Move[][]> = fc.array(
  fc.array(
    fc.record({ name: fc.constantFrom(...names), by: somebody, about: somebody, at: fc.nat({ max: 9 }) }),
    { minLength: 1, maxLength: 6 },
  ),
  { maxLength: 12 },
)

/** Plays them in a room of all the people, and answers which numbers they took and what became of the messages. */
export async function play(stores: readonly Store[], room: string, turns: readonly Move[][]) {
  const taken: number[] = []
  const messages = new Map<string, MessageView>()
  for (const turn of turns) {
    const known = [...messages.values()].filter(({ kind }) => kind === 'text')
    const answers = await Promise.all(
      turn.map((move, index) =>
        perform(stores[index % stores.length] ?? assert.fail(), { room, known, move }),
      ),
    )
    for (const { numbers, message } of answers) {
      taken.push(...numbers)
      if (message && message.rev > (messages.get(message.id)?.rev ?? 0)) messages.set(message.id, message)
    }
  }
  return { taken: taken.sort((a, b) => a - b), messages: [...messages.values()] }
}

type Done = { numbers: number[]; message?: MessageView }
type Scene = { room: string; known: readonly MessageView[]; move: Move }

/** One move; what the rules refuse takes nothing. */
async function perform(store: Store, { room, known, move }: Scene): Promise<Done> {
  const { name, by, about, at } = move
  const message = known[at % Math.max(known.length, 1)]
  try {
    if (name === 'send') {
      const sent = await store.append({ room, id: uuidv7(), author: by, text: `${at}` })
      return { numbers: [sent.message.rev], message: sent.message }
    }
    if (name !== 'edit' && name !== 'delete') {
      const systemMessage = { ...aSystemMessage(by), system: { event: events[name], userId: about } }
      const message = (await store.alterRoom({ room, systemMessage, ...changeOf(move, about) }))?.message
      return message ? { numbers: [message.rev - 1, message.rev], message } : { numbers: [] }
    }
    if (!message) return { numbers: [] }
    const mine = { room, id: message.id, by: message.authorId }
    const change =
      name === 'edit' ? ({ ...mine, kind: name, text: `${at}` } as const) : { ...mine, kind: name }
    const { changed, message: after } = await store.amend(change)
    return { numbers: changed ? [after.rev] : [], message: after }
  } catch (error) {
    assert.ok(error instanceof Problem, `${error}`)
    return { numbers: [] }
  }
}

const events = {
  rename: 'renamed',
  add: 'added',
  remove: 'removed',
  give: 'promoted',
  take: 'demoted',
} as const

/** What was written, or changed last, by who was out of the room at that moment. */
export function writtenOutside(history: readonly MessageView[]): MessageView[] {
  const moves = history.filter(({ system }) => system?.event === 'added' || system?.event === 'removed')
  const isIn = (user: string, at: number) =>
    moves.findLast(({ seq, system }) => seq < at && system?.userId === user)?.system?.event !== 'removed'
  return history.filter(
    ({ kind, authorId, seq, rev }) => kind === 'text' && !(isIn(authorId, seq) && isIn(authorId, rev)),
  )
}

function changeOf({ name, at }: Move, user: string): GroupChange {
  if (name === 'add') return { kind: 'add', user: user }
  if (name === 'remove') return { kind: 'remove', user: user }
  if (name === 'give') return { kind: 'set-role', user, role: 'owner' }
  if (name === 'take') return { kind: 'set-role', user, role: 'member' }
  return { kind: 'rename', name: at === 0 ? null : `name ${at}` }
}
