/**
 * What people do and what befalls them, as data: fast-check makes it up and shortens it, play.ts does it. Numbers mean
 * "the nth of those there are, around again", so that a step still means something when others are left out.
 */
import fc from 'fast-check'
import type { Loss } from './bus.ts'
import type { Break } from './line.ts'
import type { WorldPlan } from './world.ts'

export type Step =
  // People. `device` acts for its user; rooms are those of the whole world, and messages, the newest first.
  | { do: 'send'; device: number; room: number }
  | { do: 'send-by-http'; device: number; room: number; times: number }
  | { do: 'edit' | 'delete' | 'pin' | 'unpin'; message: number }
  | { do: 'reply'; device: number; message: number }
  | { do: 'mention'; device: number; room: number; user: number; everybody: boolean }
  | { do: 'edit-to-mention'; message: number; user: number; everybody: boolean }
  | { do: 'forward'; device: number; message: number; room: number }
  | { do: 'react'; device: number; message: number; emoji: string; on: boolean; times: number }
  | { do: 'look-into'; device: number; room: number }
  | { do: 'look-away'; device: number }
  | { do: 'scroll-up'; device: number; room: number }
  | { do: 'read'; device: number; room: number; share: number }
  | { do: 'arrange'; device: number; room: number; how: Arrangement; share: number }
  | { do: 'open-room'; device: number; with: number; name: boolean }
  | { do: 'add' | 'remove'; room: number; user: number }
  | { do: 'leave'; device: number; room: number }
  | { do: 'rename'; room: number; name: number }
  | { do: 'delete-room'; room: number }
  | { do: 'hide-history' | 'show-history'; room: number }
  // Their connections.
  | { do: 'break'; device: number; how: Break }
  | { do: 'go-offline' | 'come-online' | 'reload' | 'wake-up'; device: number }
  | { do: 'reconnect'; device: number; times: number; everyMs: number }
  | { do: 'switch-node'; device: number; node: number }
  | { do: 'sleep'; device: number }
  // The machines.
  | { do: 'crash' | 'crash-after-commit' | 'start' | 'hear-nothing' | 'hear-again'; node: number }
  | { do: 'lose'; share: number; how: Loss }
  | { do: 'lose-nothing' | 'back-up' | 'restore' }
  | { do: 'wait'; ms: number }

/** How somebody keeps a room in their list. `share`: from which part of its numbers on it is unread. */
export type Arrangement =
  | 'pinned'
  | 'unpinned'
  | 'muted'
  | 'muted-shortly'
  | 'muted-with-mentions'
  | 'unmuted'
  | 'archived'
  | 'unarchived'
  | 'marked'
  | 'unmarked'

const arrangements: readonly Arrangement[] = [
  ...(['pinned', 'unpinned', 'muted', 'muted-shortly', 'muted-with-mentions', 'unmuted'] as const),
  ...(['archived', 'archived', 'unarchived', 'marked', 'marked', 'unmarked'] as const),
]

export type Script = Pick<WorldPlan, 'seed' | 'nodes' | 'databaseMs'> & { readonly steps: readonly Step[] }

/** The people of every world. A fourth one is in no room at first. */
export const users = ['ana', 'bo', 'cy', 'dee']

/** The step of a name, or of any of several. */
export type Named<D, S = Step> = S extends { do: infer N } ? (D extends N ? S : never) : never

const device = fc.nat(5)
const room = fc.nat(3)
const node = fc.nat(2)
const everybody = fc.constantFrom(true, false, false)

function step<D extends Step['do']>(
  weight: number,
  names: readonly D[],
  what: { [K in Exclude<keyof Named<D>, 'do'>]: fc.Arbitrary<Named<D>[K]> },
): fc.WeightedArbitrary<Step> {
  const arbitrary = fc.record({ do: fc.constantFrom(...names), ...what } as never) as fc.Arbitrary<Step>
  return { weight, arbitrary }
}

const people = [
  step(10, ['send'], { device, room }),
  step(2, ['send-by-http'], { device, room, times: fc.constantFrom(1, 1, 1, 60) }),
  step(6, ['edit', 'delete'], { message: fc.oneof(fc.nat(4), fc.nat(120)) }),
  step(2, ['reply'], { device, message: fc.oneof(fc.nat(4), fc.nat(120)) }),
  step(2, ['mention'], { device, room, user: fc.nat(3), everybody }),
  step(1, ['edit-to-mention'], { message: fc.oneof(fc.nat(4), fc.nat(120)), user: fc.nat(3), everybody }),
  step(1, ['pin', 'unpin'], { message: fc.nat(20) }),
  step(1, ['forward'], { device, message: fc.nat(40), room }),
  step(5, ['react'], {
    device,
    message: fc.oneof(fc.nat(4), fc.nat(120)),
    emoji: fc.constantFrom('👍', '🎉'),
    on: fc.constantFrom(true, true, false),
    times: fc.constantFrom(1, 1, 3),
  }),
  step(5, ['look-into'], { device, room }),
  step(1, ['look-away'], { device }),
  step(2, ['scroll-up'], { device, room }),
  step(4, ['arrange'], {
    device,
    room,
    how: fc.constantFrom(...arrangements),
    share: fc.constantFrom(0, 0.5, 0.9, 1),
  }),
  step(6, ['read'], { device, room, share: fc.constantFrom(1, 1, 0.7, 0.4) }),
]
const groups = [
  step(1, ['open-room'], { device, with: fc.nat(3), name: fc.boolean() }),
  step(4, ['add', 'remove'], { room, user: fc.nat(3) }),
  step(1, ['leave'], { device, room }),
  step(1, ['rename'], { room, name: fc.nat(9) }),
  step(1, ['delete-room'], { room }),
  step(2, ['hide-history', 'show-history'], { room }),
]
const connections = [
  step(4, ['break'], { device, how: fc.constantFrom('cut', 'cut', 'half-open', 'deaf', 'dumb') }),
  step(4, ['go-offline', 'come-online', 'come-online', 'reload'], { device }),
  step(1, ['reconnect'], {
    device,
    times: fc.constantFrom(1, 1, 10),
    everyMs: fc.constantFrom(0, 5, 40, 1_000),
  }),
  step(2, ['switch-node'], { device, node }),
  step(1, ['sleep'], { device }),
  step(2, ['wake-up'], { device }),
]
const machines = [
  step(3, ['crash', 'crash-after-commit', 'hear-nothing'], { node }),
  step(3, ['start', 'hear-again'], { node }),
  step(4, ['lose'], { share: fc.constantFrom(0.3, 1), how: fc.constantFrom('announced', 'silent') }),
  step(2, ['lose-nothing', 'back-up', 'restore'], {}),
]
const waits = [
  step(8, ['wait'], { ms: fc.constantFrom(20, 100, 300, 1_000, 4_000) }),
  step(2, ['wait'], { ms: fc.constantFrom(12_000, 40_000, 7_200_000) }),
]

const script = (...kinds: fc.WeightedArbitrary<Step>[][]): fc.Arbitrary<Script> =>
  fc.record({
    seed: fc.noShrink(fc.nat()),
    nodes: fc.constantFrom(1, 2, 2, 3),
    databaseMs: fc.constantFrom(0, 0, 10, 60),
    steps: fc.array(fc.oneof(...kinds.flat()), { minLength: 1, maxLength: 50, size: 'max' }),
  })

/** Everything at once. */
export const anyScript = script(people, groups, connections, machines, waits)
/** Above all messages, marks and changes of both. */
export const readingScript = script(people, people, groups, connections, machines, waits)
