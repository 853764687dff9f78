import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { root } from '../support/markdown.ts'
import { secret } from '../support/server.ts'

/** Where a checkout has what a site would install as a package, or has itself. */
const places: Readonly<Record<string, string>> = {
  "'chatter-widget/server'": "'./server/index.ts'",
  "'chatter-widget/chat'": "'./widget/headless.ts'",
}

/** Runs a snippet of the docs as a program of its own, with more after it, and answers what that printed as JSON. */
export async function runSnippet<T>(snippet: string, more: string): Promise<T> {
  const code = Object.entries(places).reduce((text, [name, place]) => text.replaceAll(name, place), snippet)
  const env = { PATH: process.env.PATH ?? '', CHATTER_SECRET: secret, CHATTER_HOST: 'chat.example.com' }
  const args = ['--input-type=module', '--eval', `${code}\n${more}`]
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (data) => (stdout += data))
  child.stderr.on('data', (data) => (stderr += data))
  const [status] = await once(child, 'close')
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}
