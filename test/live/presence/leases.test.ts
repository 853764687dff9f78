import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  decodeAnnouncement,
  encodeAnnouncements,
  Leases,
  type Person,
} from '../../../server/live/presence/leases.ts'

const mina: Person = { tenant: 'acme', user: 'mina' }

describe('what nodes announce to each other', () => {
  it('arrives as it was sent, whatever is in a user id', () => {
    const here = ['mina', 'acme/user/mina', '/user/', '\u2028', 'ö'].map((user) => ({ tenant: 'acme', user }))
    const left = [{ tenant: 'other', user: 'mina' }]
    const [frame = Buffer.alloc(0)] = encodeAnnouncements('here', { here, left })
    assert.deepEqual(decodeAnnouncement(frame), { node: 'here', here, left })
  })

  it('is what nodes of earlier builds write and read', () => {
    const [frame] = encodeAnnouncements('here', { here: [mina] })
    const text = '{"node":"here","here":["acme/user/mina"],"left":[]}'
    assert.equal(frame?.toString(), text)
    assert.deepEqual(decodeAnnouncement(Buffer.from(text)).here, [mina])
  })

  it('is refused where it names no user of a tenant', () => {
    for (const text of ['mina', 'acme/room/mina', '/user/mina']) {
      const frame = Buffer.from(JSON.stringify({ node: 'here', here: [text], left: [] }))
      assert.throws(() => decodeAnnouncement(frame), /expected tenant\/user\/id/, text)
    }
  })
})

describe('leases of other nodes', () => {
  it('belong to a user of one tenant, and change once when they begin and once when they end', () => {
    const leases = new Leases()
    const changes: Person[] = []
    const onChange = (person: Person) => void changes.push(person)
    leases.hear({ node: 'there', here: [mina], left: [] }, 1, onChange)
    leases.hear({ node: 'there', here: [mina], left: [] }, 6, onChange)
    assert.deepEqual([leases.has(mina), leases.has({ ...mina, tenant: 'other' })], [true, false])
    leases.hear({ node: 'there', here: [], left: [mina] }, 7, onChange)
    leases.hear({ node: 'there', here: [], left: [mina] }, 8, onChange)
    assert.deepEqual([leases.has(mina), leases.size], [false, 0])
    assert.deepEqual(changes, [mina, mina])
  })

  it('end by themselves twelve seconds after they were last renewed', () => {
    const leases = new Leases()
    const ended: Person[] = []
    leases.hear({ node: 'there', here: [mina], left: [] }, 1, () => {})
    leases.expire(12, (person) => ended.push(person))
    assert.deepEqual([ended, leases.has(mina)], [[], true])
    leases.expire(13, (person) => ended.push(person))
    assert.deepEqual([ended, leases.has(mina), leases.nodeCount], [[mina], false, 0])
  })
})
