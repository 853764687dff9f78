import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { read, root } from '../support/markdown.ts'

const page = read('CONTRIBUTING.md')

/** What stands in code spans and looks like a file or folder of the repository. */
const named = [...page.matchAll(/`((?:server|widget|demo|test|docs)\/[\w./-]+)`/g)].map(
  ([, path = '']) => path,
)

/** Each name in parentheses of the walks, with the file that was named before it. */
function namesInWalks(): { file: string; name: string }[] {
  const [, walks = ''] = /## Follow a message\n(.*?)\n## /s.exec(page) ?? []
  const found: { file: string; name: string }[] = []
  let file = ''
  for (const [, path, inside = ''] of walks.matchAll(/`((?:server|widget)\/[\w./-]+)`|\(([^()]*)\)/g)) {
    file = path ?? file
    for (const [, name = ''] of inside.matchAll(/`(\w+)`/g)) found.push({ file, name })
  }
  return found
}

describe('CONTRIBUTING.md', () => {
  it('names files', () => assert.ok(named.length > 30, `${named.length}`))

  for (const path of new Set(named)) {
    it(`names ${path}, which exists`, () => assert.ok(existsSync(join(root, path))))
  }

  it('names, in its walks, only what stands in the file before it', () => {
    const names = namesInWalks()
    assert.ok(names.length > 25, `${names.length}`)
    const missing = names.filter(({ file, name }) => !new RegExp(`\\b${name}\\b`).test(read(file)))
    assert.deepEqual(missing, [])
  })

  it('lists as many files as it says that reactions changed, each once', () => {
    const [, section = ''] = /^(Reactions, counted this way.*?)\n## /ms.exec(page) ?? []
    const [, all, ofServer, ofWidget] =
      /changed (\d+) files that were there: (\d+) of the server, (\d+) of the widget/.exec(section) ?? []
    const files = [...section.matchAll(/`((?:server|widget)\/[\w./-]+\.ts)`/g)].map(([, path = '']) => path)
    assert.equal(new Set(files).size, files.length)
    const count = (part: string) => files.filter((path) => path.startsWith(part)).length
    assert.deepEqual(
      [files.length, count('server/'), count('widget/')],
      [all, ofServer, ofWidget].map(Number),
    )
  })

  it('names every folder of the server and the widget on its map', () => {
    const [, map = ''] = /## The map\s+```\n([\s\S]*?)```/.exec(page) ?? []
    for (const parent of ['server', 'widget']) {
      const folders = readdirSync(join(root, parent), { withFileTypes: true }).filter((one) =>
        one.isDirectory(),
      )
      for (const { name } of folders) assert.match(map, new RegExp(`^${parent}/${name}/ `, 'm'), name)
    }
  })
})
