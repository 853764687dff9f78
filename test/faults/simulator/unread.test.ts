import { test } from 'node:test'
import { readingScript } from './script.ts'
import { holds } from './simulate.ts'

/** Somebody with three devices, and somebody to write to them. */
const cast = {
  devices: ['ana', 'ana', 'ana', 'bo'],
  rooms: [{ members: ['ana', 'bo'] }, { members: ['bo', 'ana', 'cy'], name: 'Tea', messages: 70 }],
  isHealed: true,
}

test('7: the unread model: every device counts what a naive recount counts, and reading never goes back', (t) =>
  holds(t, { scripts: readingScript, cast, runs: { same: 60, new: 15, long: 5_000 } }))
