import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asWritten } from '../../server/rules/sign-outs.ts'

test('whoever takes the tokens of a guest back shuts the guest out, and a user of the site is only signed out', () => {
  const plain = { tenant: 'default', at: 1, isDisabled: false, isEnabled: false }
  const shutOut = (user: string, tokensFrom: number | null) =>
    asWritten({ ...plain, user, tokensFrom }).isDisabled
  assert.deepEqual(
    [shutOut('chatter-guest:0190f5d2', 1), shutOut('chatter-guest:0190f5d2', null), shutOut('mina', 1)],
    [true, false, false],
  )
})
