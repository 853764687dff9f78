/** What docs/troubleshooting.md says that the widget says is what it says. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { SignJWT } from 'jose'
import { tokenRemedy } from '../../widget/diagnosis.ts'
import { connectHost } from '../support/at-host.ts'
import { read, root } from '../support/markdown.ts'
import { secret, startServer } from '../support/server.ts'

const page = 'docs/troubleshooting.md'
const told = ['diagnosis.ts', 'classic.ts', 'index.ts']
  .map((name) => readFileSync(join(root, 'widget', name), 'utf8'))
  .join('\n')
  .replaceAll('\\`', '`')

test('each message in its table is one of the widget, word for word', () => {
  const [, table = ''] = /## What the widget says(.*?)## /s.exec(read(page)) ?? []
  const cells = [...table.matchAll(/^\| (.*?) \| /gm)].map(([, cell = '']) => cell).slice(2)
  const literals = cells.flatMap((cell) =>
    [...cell.matchAll(/(`+)(.+?)\1(?!`)/g)].map(([, , text = '']) => text),
  )
  assert.ok(literals.length > 20, `${literals.length}`)
  for (const literal of literals)
    for (const part of literal
      .split(/\(?…\)?:?/)
      .map((one) => one.trim())
      .filter((one) => /\w{2}/.test(one)))
      assert.ok(told.includes(part), `${literal}: ${part}`)
})

type Claims = Readonly<Record<string, unknown>> & { readonly secret?: string }

function sign({ secret: by = secret, ...claims }: Claims): Promise<string> {
  const all = { sub: 'mina', exp: now() + 600, ...claims }
  return new SignJWT(all).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(by))
}

const now = () => Math.floor(Date.now() / 1000)
const wrong: readonly (readonly [what: string, claims: () => Claims | undefined, remedy: RegExp])[] = [
  ['another secret', () => ({ secret: 'another secret of thirty-two bytes' }), /CHATTER_SECRET/],
  ['another audience', () => ({ aud: 'other.test' }), /`aud`/],
  ['no audience', () => ({}), /`aud`/],
  ['milliseconds', () => ({ aud: 'chat.test', exp: Date.now() }), /in seconds/],
  ['an end in a day', () => ({ aud: 'chat.test', exp: now() + 86_400 }), /within an hour/],
  ['the future', () => ({ aud: 'chat.test', iat: now() + 600 }), /clock/],
  [
    'a clock that is hours ahead',
    () => ({ aud: 'chat.test', iat: now() + 7_200, exp: now() + 7_800 }),
    /clock/,
  ],
  [
    'milliseconds in both',
    () => ({ aud: 'chat.test', iat: Date.now(), exp: Date.now() + 600_000 }),
    /in seconds/,
  ],
  ['a beginning that is not yet', () => ({ aud: 'chat.test', nbf: now() + 600 }), /clock/],
  ['an end long ago', () => ({ aud: 'chat.test', exp: now() - 600 }), /clock/],
  ['no user', () => ({ aud: 'chat.test', sub: undefined }), /`sub`/],
  ['no end', () => ({ aud: 'chat.test', exp: undefined }), /`exp`/],
  ['no token', () => undefined, /`token-url`, `tokenProvider` or `token`/],
]

test('whatever is wrong with a token has its remedy', async () => {
  const one = { id: 'one', hosts: ['chat.test'], secrets: [secret], origins: [] }
  const other = { ...one, id: 'other', hosts: ['other.test'] }
  await using server = await startServer({ tenants: [one, other] })
  for (const [what, claims, remedy] of wrong) {
    const given = claims()
    const socket = await connectHost(server.url, 'chat.test')
    const hello = { t: 'hello', client: 'test/1', ...(given && { token: await sign(given) }) }
    const answer = await socket.ask(hello)
    assert.equal(answer.t, 'err', what)
    assert.match(
      tokenRemedy(answer.t === 'err' ? answer.detail : '') ?? '',
      remedy,
      `${what}: ${JSON.stringify(answer)}`,
    )
    await socket.closed
  }
})
