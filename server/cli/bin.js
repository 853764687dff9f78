#!/usr/bin/env node
// What `chatter` runs. An old Node would not refuse better-sqlite3: it would crash without a word. So its version is
// checked before anything is imported, in JavaScript that it can still read.
const needed = [22, 18] // As in package.json.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  console.error(`chatter: needs Node ${needed.join('.')} or newer, this is ${process.version}`)
  process.exit(1)
}
void import('./cli.ts')
