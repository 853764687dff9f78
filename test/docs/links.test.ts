import assert from 'node:assert/strict'
import { existsSync, globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { anchorsOf, read, root } from '../support/markdown.ts'

const documents = globSync(['*.md', 'docs/*.md'], { cwd: root })

test('docs/README.md names every page, and the README leads to it', () => {
  const names = globSync('*.md', { cwd: join(root, 'docs') }).filter((name) => name !== 'README.md')
  const missing = names.filter((name) => !read('docs/README.md').includes(`](${name}): `))
  assert.ok(names.length > 10)
  assert.deepEqual(missing, [])
  assert.ok(read('README.md').includes('](docs/README.md)'))
})

for (const document of documents) {
  test(`every link inside the project from ${document} leads somewhere`, () => {
    const links = [...read(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
    const broken = links.filter((link) => {
      if (/^https?:/.test(link)) return false
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? document : join(dirname(document), path)
      return !existsSync(join(root, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor))
    })
    assert.deepEqual(broken, [])
  })
}
