import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readToken } from '../../server/http/identity.ts'
import { KeySets } from '../../server/http/signers.ts'
import { silent } from '../../server/log/logger.ts'
import { Problem } from '../../server/protocol/problems.ts'
import { settingsFrom } from '../../server/rules/settings.ts'
import type { Tenant } from '../../server/store/store.ts'
import { secret, signToken } from '../support/server.ts'

const aTenant = (): Tenant => ({
  id: 'acme',
  hosts: [],
  secrets: [secret],
  origins: [],
  settings: settingsFrom({}),
})
const minute = 60_000
const keySets = new KeySets(() => Promise.reject(new Error('nobody is asked')), silent)
const at = (now: number) => ({ now, keySets })

function refused(code: string) {
  return (error: unknown) => error instanceof Problem && error.code === code
}

test('a token that was accepted is accepted again, until it expires', async () => {
  const tenant = aTenant()
  const now = Date.now()
  const token = await signToken('mina', { exp: Math.floor(now / 1000) + 600 })
  const first = await readToken(token, tenant, at(now))
  assert.deepEqual(await readToken(token, tenant, at(now + 11 * minute)), first)
  await assert.rejects(readToken(token, tenant, at(now + 13 * minute)), refused('token_expired'))
})

test('a token that was accepted is refused as soon as the tenant has another secret', async () => {
  const tenant = aTenant()
  const token = await signToken('mina')
  await readToken(token, tenant, at(Date.now()))
  const changed = { ...tenant, secrets: ['another secret, thirty-two bytes or more'] }
  await assert.rejects(readToken(token, changed, at(Date.now())), refused('unauthorized'))
})
