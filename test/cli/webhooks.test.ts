import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { webhookActions } from '../../server/cli/webhooks.ts'
import { aFolder } from '../support/a-folder.ts'
import { chatterCommand } from '../support/chatter-command.ts'
import { Receiver } from '../webhooks/receiver.ts'

const address = 'https://shop.example/chatter'

test('a webhook is shown with its secret when it is made and never again, and is gone when it is removed', async () => {
  using folder = aFolder()
  await folder.open().close()
  const run = (...args: string[]) => chatterCommand(folder.path, 'webhook', ...args)
  const { id, secret, events } = JSON.parse(
    await run('add', address, '--events', 'message.sent,user.unread', '--json'),
  )
  assert.deepEqual(events, ['message.sent', 'user.unread'])
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
  const listed = await run('list', '--json')
  const { createdAt: _, ...shown } = JSON.parse(listed)
  assert.deepEqual(shown, { id, url: address, events, waiting: 0, dropped: 0, held: [] })
  assert.doesNotMatch(listed, new RegExp(secret.slice(8, 20)))
  const rotated = JSON.parse(await run('rotate', id, '--json'))
  assert.notEqual(rotated.secret, secret)
  await run('rotate', id, '--end')
  await run('remove', id)
  assert.equal(await run('list'), 'No webhooks.')
  await assert.rejects(run('remove', id), { message: new RegExp(`no webhook "${id}" of default`) })
})

test('an address that cannot be, an unknown event and one webhook too many are refused with what was expected', async () => {
  using folder = aFolder()
  await folder.open().close()
  const add = (...args: string[]) => chatterCommand(folder.path, 'webhook', 'add', ...args)
  for (const [url, why] of [
    ['http://shop.example/', /expected an address that starts with https:/],
    ['shop', /expected an address that starts with https:/],
    ['https://me:secret@shop.example/', /expected an address without a user/],
    ['https://shop.example/#part', /expected an address without #/],
    ['https://127.0.0.1/', /expected an address of the public internet/],
    ['https://[::1]/', /expected an address of the public internet/],
    ['https://10.0.0.8/', /expected an address of the public internet/],
    ['https://localhost/', /expected an address of the public internet/],
    [`https://shop.example/${'a'.repeat(2_000)}`, /expected at most 2000 characters/],
  ] as const)
    await assert.rejects(add(url), { message: why }, url)
  await assert.rejects(add(address, '--events', 'message.send'), {
    message: /^--events: expected one of message.sent, .*, got "message.send", did you mean message.sent\?$/,
  })
  for (let count = 0; count < 5; count++) await add(address)
  await assert.rejects(add(address), { message: /expected at most 5 webhooks of a tenant/ })
})

test('a test says what the receiver answered, signed as all else is', async () => {
  using folder = aFolder()
  const stores = folder.open()
  const flags = { tenant: 'default' }
  const { id, secret } = JSON.parse(await webhookActions.add(stores, { ...flags, json: true }, address))
  const receiver = new Receiver(secret)
  assert.equal(await webhookActions.test(stores, flags, id, receiver.outbound), 'Delivered: it answered 204.')
  assert.equal(receiver.events[0]?.type, 'test')
  receiver.answer = () => new Response('no', { status: 500 })
  await assert.rejects(webhookActions.test(stores, flags, id, receiver.outbound), {
    message: new RegExp(`${id} did not take it: expected a status from 200 to 299, got 500`),
  })
  receiver.answer = () => undefined
  await assert.rejects(webhookActions.test(stores, flags, id, receiver.outbound), {
    message: /no answer within 10 s/,
  })
  await stores.close()
})

test('what history knows since a time is delivered again, and a time that is none is refused', async () => {
  using folder = aFolder()
  const stores = folder.open()
  const store = stores.forTenant('default')
  for (const id of ['mina', 'sam']) await store.saveUser({ id })
  const { room } = await store.openRoom({
    id: uuidv7(),
    kind: 'group',
    name: 'Sky',
    members: ['mina', 'sam'],
  })
  await store.append({ room, id: uuidv7(), author: 'mina', text: 'hello' })
  const { id } = JSON.parse(await webhookActions.add(stores, { tenant: 'default', json: true }, address))
  const replay = (since: string) =>
    webhookActions.replay(stores, { tenant: 'default', since, json: true }, id)
  await assert.rejects(replay('yesterday'), {
    message: /^--since: expected a time like .*, got "yesterday"$/,
  })
  assert.deepEqual(JSON.parse(await replay('2026-01-01T00:00:00Z')), { id, replayed: 1, waiting: 1 })
  await stores.close()
})
