import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { play } from './play.ts'
import { brokenPromises, wrongRooms } from './promises.ts'
import { anyScript, type Step } from './script.ts'
import { simulate } from './simulate.ts'
import { World } from './world.ts'

const cast = {
  devices: ['ana', 'bo', 'cy', 'ana'],
  rooms: [{ members: ['ana', 'bo', 'cy'], name: 'Tea' }],
  isHealed: true,
}
/** Each device is on a node of its own, Ana’s second one on Bo’s. */
const settled: Step[] = [
  ...[0, 1, 2, 3].map((device) => ({ do: 'switch-node', device, node: device === 3 ? 1 : device }) as const),
  { do: 'wait', ms: 12_000 },
]
const room = 0
const soon: Step = { do: 'wait', ms: 300 }
const [ana, bo, cy, tablet] = [0, 1, 2, 3]

/** What may get lost, who would not know, and how soon they do. */
const losses: { what: string; steps: Step[]; who: number; withinMs: number }[] = [
  {
    what: 'a message that is lost on its way',
    steps: [
      { do: 'lose', share: 1, how: 'announced' },
      { do: 'send', device: ana, room },
    ],
    who: cy,
    withinMs: 5_000,
  },
  {
    what: 'a message that is lost without a trace',
    steps: [
      { do: 'lose', share: 1, how: 'silent' },
      { do: 'send', device: ana, room },
    ],
    who: cy,
    withinMs: 20_000,
  },
  {
    what: 'a message whose node dies between commit and publish',
    steps: [
      { do: 'crash-after-commit', node: 0 },
      { do: 'send', device: ana, room },
    ],
    who: cy,
    withinMs: 6_000,
  },
  {
    what: 'a message from a node that nobody hears',
    steps: [
      { do: 'hear-nothing', node: 0 },
      { do: 'wait', ms: 5_000 },
      { do: 'send', device: ana, room },
    ],
    who: cy,
    withinMs: 3_000,
  },
  {
    what: 'a message for a node that hears nobody',
    steps: [
      { do: 'hear-nothing', node: 2 },
      { do: 'wait', ms: 5_000 },
      { do: 'send', device: ana, room },
    ],
    who: cy,
    withinMs: 3_000,
  },
  {
    what: 'the lost word that somebody is out',
    steps: [{ do: 'lose', share: 1, how: 'silent' }, { do: 'remove', room, user: 1 }, soon],
    who: bo,
    withinMs: 20_000,
  },
  {
    what: 'the lost word that somebody is in',
    steps: [
      { do: 'remove', room, user: 1 },
      soon,
      { do: 'lose', share: 1, how: 'announced' },
      { do: 'add', room, user: 1 },
      soon,
    ],
    who: bo,
    withinMs: 5_000,
  },
  {
    what: 'the lost word that the room was deleted',
    steps: [{ do: 'lose', share: 1, how: 'silent' }, { do: 'delete-room', room }, soon],
    who: bo,
    withinMs: 20_000,
  },
  {
    what: 'a lost read mark',
    steps: [
      { do: 'send', device: bo, room },
      // Until every device got the heads.
      { do: 'wait', ms: 40_000 },
      { do: 'lose', share: 1, how: 'announced' },
      { do: 'read', device: ana, room, share: 1 },
    ],
    who: tablet,
    withinMs: 40_000,
  },
]

async function after(steps: readonly Step[], isHealed: boolean): Promise<World> {
  const world = await World.open({ ...cast, isHealed, seed: 7, nodes: 3, databaseMs: 10 })
  await play(world, [...settled, ...steps])
  return world
}

for (const { what, steps, who, withinMs } of losses) {
  test(`${what} is made up for, and is not where nobody heals`, async () => {
    for (const isHealed of [true, false]) {
      await using world = await after(steps, isHealed)
      const device = world.devices[who] ?? assert.fail('no such device')
      await world.pass(withinMs)
      const wrong = [...wrongRooms(world, device)]
      if (isHealed) assert.deepEqual(wrong, [], world.trace.join('\n'))
      else assert.notDeepEqual(wrong, [])
    }
  })
}

test('who was removed hears nothing more, though the event of it got lost', async () => {
  await using world = await after(
    [
      { do: 'lose', share: 1, how: 'silent' },
      { do: 'remove', room, user: 1 },
      soon,
      { do: 'lose-nothing' },
      { do: 'send', device: ana, room },
      soon,
    ],
    true,
  )
  assert.deepEqual([...world.complaints], [], world.trace.join('\n'))
})

test('an older backup that is put back voids what clients hold, and what they had not sent arrives', async () => {
  await using world = await after(
    [
      { do: 'send', device: bo, room },
      soon,
      { do: 'back-up' },
      { do: 'send', device: ana, room },
      { do: 'read', device: cy, room, share: 1 },
      { do: 'wait', ms: 3_000 },
      { do: 'go-offline', device: bo },
      { do: 'send', device: bo, room },
      { do: 'restore' },
      { do: 'send', device: cy, room },
    ],
    true,
  )
  await world.recover()
  assert.deepEqual(await brokenPromises(world), [], world.trace.join('\n'))
  assert.deepEqual(
    world.database.ask('SELECT author FROM messages ORDER BY author').map(({ author }) => author),
    ['bo', 'bo', 'cy'],
  )
})

test('a script and its seed play the same every time', async () => {
  for (const script of fc.sample(anyScript, { seed: 1, numRuns: 5 })) {
    const [first, second] = [await simulate(script, cast), await simulate(script, cast)]
    assert.ok(first.trace.length > 0)
    assert.deepEqual(second.trace, first.trace)
  }
})
