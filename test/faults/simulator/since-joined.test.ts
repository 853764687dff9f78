import { test } from 'node:test'
import { readingScript } from './script.ts'
import { holds } from './simulate.ts'

/** Two who made the group, and two who come and go; what is before somebody came is hidden at first. */
const cast = {
  devices: ['ana', 'bo', 'cy', 'cy', 'dee'],
  rooms: [
    { members: ['ana', 'bo'], name: 'Tea', messages: 20, history: 'since-joined' as const },
    { members: ['ana', 'cy'], name: 'Cake' },
  ],
  isHealed: true,
}

test('8: nobody is shown what was before they joined, and every device shows all that came after', (t) =>
  holds(t, { scripts: readingScript, cast, runs: { same: 40, new: 10, long: 1_000 } }))
