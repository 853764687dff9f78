/** The functions of docs/token-endpoint.md sign what a server with several tenants takes. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { askHost } from '../support/at-host.ts'
import { root, textWith } from '../support/markdown.ts'
import { secret, startServer } from '../support/server.ts'

const page = 'docs/token-endpoint.md'
const host = 'chat.test'

const languages: readonly [
  language: string,
  words: string,
  program: string,
  args: (code: string) => string[],
][] = [
  [
    'js',
    'setAudience',
    process.execPath,
    (code) => [
      ...['--input-type=module', '--eval'],
      `${code}\nprocess.stdout.write(await signChatterToken({ id: 7, name: 'Mina Ökafor' }))`,
    ],
  ],
  [
    'python',
    'hmac',
    'python3',
    (code) => ['-c', `${code}\nprint(sign_chatter_token(7, "Mina Ökafor"), end="")`],
  ],
  [
    'php',
    'hash_hmac',
    'php',
    (code) => ['-r', `${code.replace('<?php', '')}\necho sign_chatter_token('7', 'Mina Ökafor');`],
  ],
]

for (const [language, words, program, args] of languages) {
  const isThere = spawnSync(program, ['--version']).status === 0
  test(`the function in ${language} signs a token for its host`, {
    skip: !isThere && `there is no ${program}`,
  }, async () => {
    const { PATH = '' } = process.env
    const env = { PATH, CHATTER_SECRET: secret, CHATTER_HOST: host }
    const { stdout: token } = await promisify(execFile)(program, args(textWith(page, language, words)), {
      cwd: root,
      env,
    })
    const tenants = [
      { id: 'one', hosts: [host], secrets: [secret], origins: [] },
      { id: 'two', hosts: ['other.test'], secrets: [secret], origins: [] },
    ]
    await using server = await startServer({ tenants })
    const { json } = await askHost(`${server.url}v1/me`, host, { token })
    assert.deepEqual((json as { user: object }).user, { id: '7', name: 'Mina Ökafor' })
    const { status } = await askHost(`${server.url}v1/me`, 'other.test', { token })
    assert.equal(status, 401)
  })
}
