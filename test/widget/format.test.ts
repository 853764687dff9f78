import assert from 'node:assert/strict'
import { test } from 'node:test'
import { erasedId } from '../../server/protocol/erased.ts'
import { Format, nameIn } from '../../widget/elements/format.ts'
import { systemText } from '../../widget/elements/timeline/system-text.ts'
import { strings } from '../../widget/locale/de.ts'
import { en } from '../../widget/locale/en.ts'

const noon = new Date(2026, 10, 25, 12, 0).getTime()
const minute = 60_000
const day = 24 * 60 * minute

test('the room list says now, minutes, the time, Yesterday, a weekday, then the date (rule M23)', () => {
  const format = new Format('en-GB', en, { now: () => noon })
  const said = [30_000, 5 * minute, 90 * minute, day, 3 * day, 20 * day].map((ago) =>
    format.ago(new Date(noon - ago).toISOString()),
  )
  assert.deepEqual(said, ['now', '5 mins', '10:30', 'Yesterday', 'Sunday', '5 Nov'])
})

test('a formatter is made when it is needed first, and once', (t) => {
  const { DateTimeFormat } = Intl
  const made = t.mock.method(Intl, 'DateTimeFormat', DateTimeFormat)
  const format = new Format('en-GB', en, { now: () => noon })
  assert.equal(made.mock.callCount(), 0)
  for (let turn = 0; turn < 3; turn++) format.time(new Date(noon).toISOString())
  assert.equal(made.mock.callCount(), 1)
})

test('who was erased has the reader’s word for it, in what they wrote and in what happened', () => {
  const erased = { id: erasedId, name: 'Deleted user' }
  assert.equal(nameIn(strings, erased), 'Gelöschtes Konto')
  const system = { event: 'left', who: erased, what: erased, isOwn: true, settings: [] } as const
  assert.match(systemText({ text: '', system }, strings), /Gelöschtes Konto/)
})
