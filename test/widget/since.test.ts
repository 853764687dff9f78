import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Format } from '../../widget/elements/format.ts'
import { since } from '../../widget/elements/room-info/since.ts'
import { en } from '../../widget/locale/en.ts'

const noon = new Date(2026, 10, 25, 12, 0).getTime()
const minute = 60_000

function said(language: string, agoMs: number): string {
  const format = new Format('en-GB', { ...en, language }, { now: () => noon })
  return since(format, new Date(noon - agoMs).toISOString())
}

test('in a sentence minutes say that they are past, in each language', () => {
  const each = ['en', 'de', 'fr', 'ar', 'ja'].map((language) => said(language, 26 * minute))
  assert.deepEqual(each, ['26 minutes ago', 'vor 26 Minuten', 'il y a 26 minutes', 'قبل 26 دقيقة', '26 分前'])
  const others = [30_000, minute, 90 * minute, 24 * 60 * minute].map((ago) => said('en', ago))
  assert.deepEqual(others, ['now', '1 minute ago', '10:30', 'Yesterday'])
})
