import { test } from 'node:test'
import { anyScript } from './script.ts'
import { holds } from './simulate.ts'

/** Two people with two devices each, one with one, and one who is in no room at first. */
const cast = {
  devices: ['ana', 'ana', 'bo', 'bo', 'cy', 'dee'],
  rooms: [{ members: ['ana', 'bo'] }, { members: ['ana', 'bo', 'cy'], name: 'Tea', messages: 70 }],
  isHealed: true,
}

test('6: resume from anywhere: whatever happened to a device, it shows what a fresh one shows', (t) =>
  holds(t, { scripts: anyScript, cast, runs: { same: 60, new: 15, long: 1_000 } }))
