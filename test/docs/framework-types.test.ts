import assert from 'node:assert/strict'
import { test } from 'node:test'
import { read } from '../support/markdown.ts'

const { modules } = JSON.parse(read('custom-elements.json'))
const declared = modules
  .flatMap((module: { declarations: object[] }) => module.declarations)
  .find((declaration: { tagName?: string }) => declaration.tagName === 'chatter-widget')
const types = read('types/element.d.ts')

/** What every element has, in the types of the frameworks too. */
const usual = ['lang', 'dir']

test('the types for frameworks have every attribute and property of the element', () => {
  const names = declared.attributes.map(({ name }: { name: string }) => name)
  assert.ok(names.length > 10)
  for (const name of names.filter((one: string) => !usual.includes(one))) {
    assert.match(types, new RegExp(`^  '?${name}'?\\?: `, 'm'))
    const property = name.replace(/-(.)/g, (_: string, letter: string) => letter.toUpperCase())
    if (property !== name) assert.ok(types.includes(`'${property}'`), property)
  }
  for (const name of ['tokenProvider', 'strings']) assert.ok(types.includes(`'${name}'`), name)
})

test('each is an entry of the package, and what its comment says', () => {
  const { exports, files } = JSON.parse(read('package.json'))
  assert.ok(files.includes('types'))
  for (const name of ['react', 'react-18', 'vue', 'svelte']) {
    assert.deepEqual(exports[`./${name}`], { types: `./types/${name}.d.ts` })
    assert.ok(read(`types/${name}.d.ts`).includes(`import type {} from 'chatter-widget/${name}'`))
  }
})
