import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { describe, it } from 'node:test'
import { hasTest } from '../../docs/test-titles.ts'
import { read, root } from '../support/markdown.ts'

type Rule = {
  readonly id: string
  readonly held: readonly { readonly file: string; readonly title: string }[]
  /** Why the rest of it is not held. */
  readonly notYet: string | undefined
  /** Of the list below it. */
  readonly lines: number
}

const rules: Rule[] = read('docs/rules.md')
  .split(/^(?=- \*\*)/m)
  .slice(1)
  .map((text) => ({
    id: /^- \*\*(\w+)\*\* /.exec(text)?.[1] ?? text,
    held: [...text.matchAll(/^ {2}- `(test\/[^`]+)`: (.+)$/gm)].map(([, file = '', title = '']) => ({
      file,
      title,
    })),
    notYet: /^ {2}- not yet: (.+)$/m.exec(text)?.[1],
    lines: text.match(/^ +- /gm)?.length ?? 0,
  }))

/** The letter of each group, and the number of its last rule: they are counted through. */
const groups = { S: 14, U: 20, M: 26, C: 37, D: 47, K: 55, A: 63, E: 70 }

function allIds(): string[] {
  let number = 0
  return Object.entries(groups).flatMap(([letter, last]) =>
    Array.from({ length: last - number }, () => `${letter}${++number}`),
  )
}

/** All rules that a file names: `(rules S3–S6, S8)`, or in front of a title, `D40, K55: …`. */
function citedIn(file: string): string[] {
  const text = read(file).replace(/\n\s*\*?\s*/g, ' ')
  const lists = [
    ...text.matchAll(/\brules? ((?:[A-Z]\d{1,2}(?:–|, | and )?)+)/g),
    ...text.matchAll(/\(['"`]((?:[A-Z]\d{1,2}(?:, )?)+): /g),
  ]
  return lists.flatMap(([, list = '']) => [
    ...(list.match(/[A-Z]\d{1,2}/g) ?? []),
    ...[...list.matchAll(/([A-Z])(\d+)–[A-Z](\d+)/g)].flatMap(([, letter, from, to]) =>
      Array.from({ length: Number(to) - Number(from) }, (_, at) => `${letter}${Number(from) + at}`),
    ),
  ])
}

describe('docs/rules.md', () => {
  it('has every rule once, in their order', () => {
    assert.equal(allIds().length, 70)
    assert.deepEqual(
      rules.map(({ id }) => id),
      allIds(),
    )
  })

  for (const { id, held, notYet, lines } of rules) {
    it(`names for ${id} tests that exist, or says why there is none`, () => {
      assert.ok(lines > 0)
      assert.equal(held.length + (notYet === undefined ? 0 : 1), lines, 'a line is neither')
      for (const { file, title } of held) assert.ok(hasTest(file, title), `${file} has no test "${title}"`)
    })
  }

  it('has every rule that comments and titles cite', () => {
    const files = globSync(['widget/**/*.ts', 'server/**/*.ts', 'test/**/*.ts'], { cwd: root })
    const cited = files.flatMap((file) => citedIn(file).map((id) => ({ file, id })))
    assert.ok(new Set(cited.map(({ id }) => id)).size >= 40)
    const known = new Set(rules.map(({ id }) => id))
    assert.deepEqual(
      cited.filter(({ id }) => !known.has(id)),
      [],
    )
  })
})
