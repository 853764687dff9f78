import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { aFolder } from './support/a-folder.ts'

const server = join(import.meta.dirname, '..', 'server')
const drivers = ['better-sqlite3', 'ioredis', 'pg', 'prom-client']

/** Which drivers a program of its own imports that runs this code. */
async function driversOf(code: string): Promise<string[]> {
  const program = `
    import { registerHooks } from 'node:module'
    const asked = new Set()
    registerHooks({ resolve: (name, context, next) => (asked.add(name), next(name, context)) })
    ${code}
    console.log(JSON.stringify([...asked]))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  const asked: string[] = JSON.parse(stdout)
  return drivers.filter((driver) => asked.includes(driver))
}

test('the command line loads no driver before it opens a database', async () => {
  assert.deepEqual(await driversOf(`await import('${server}/cli/commands.ts')`), [])
})

test('a server on SQLite loads no other driver', async () => {
  using folder = aFolder()
  const opened = `
    const { start } = await import('${server}/main.ts')
    const { readConfig } = await import('${server}/config.ts')
    const settings = { PORT: '0', CHATTER_DATA: '${folder.path}', CHATTER_SECRET: 'x'.repeat(32) }
    await (await start(readConfig(settings))).stop()`
  assert.deepEqual(await driversOf(opened), ['better-sqlite3'])
})

test('an app of its own that mounts Chatter loads a driver only where it opens what that is for', async () => {
  assert.deepEqual(await driversOf(`await import('${server}/index.ts')`), [])
})
