import assert from 'node:assert/strict'
import { test } from 'node:test'
import { version } from '../server/version.ts'
import { read } from './support/markdown.ts'

test('the version of the server is that of the package', () => {
  assert.equal(version, JSON.parse(read('package.json')).version)
})
