import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Panes } from '../../widget/elements/panel/panes.ts'

function aHost() {
  const host = {
    updates: 0,
    requestUpdate: () => void host.updates++,
    updateComplete: Promise.resolve(true),
    addController() {},
    removeController() {},
  }
  return host
}

function aPane() {
  const pane = { left: 0, render: () => pane, focus() {}, leave: () => void pane.left++ }
  return pane
}

test('a pane is left when another is shown, and comes back as it was', async () => {
  const [host, rooms, people] = [aHost(), aPane(), aPane()]
  const panes = new Panes(host, rooms, { people: async () => people, directory: aPane })
  assert.deepEqual([panes.name, panes.shown], ['rooms', rooms])
  await panes.show('people')
  assert.deepEqual([panes.name, panes.shown, host.updates], ['people', people, 1])
  assert.deepEqual([rooms.left, people.left], [1, 0])
  await panes.show('rooms')
  assert.deepEqual([panes.name, panes.shown, people.left], ['rooms', rooms, 1])
})

test('a pane that cannot be loaded leaves the one before in its place', async () => {
  const [host, rooms] = [aHost(), aPane()]
  const panes = new Panes(host, rooms, {
    people: () => Promise.reject(new TypeError('no network')),
    directory: aPane,
  })
  await assert.rejects(panes.show('people'), /no network/)
  assert.deepEqual([panes.name, panes.shown, rooms.left, host.updates], ['rooms', rooms, 0, 0])
})

test('of two panes that are asked for, the later one is shown, and the other is left', async () => {
  const [host, rooms, people] = [aHost(), aPane(), aPane()]
  const loaded = Promise.withResolvers<typeof people>()
  const panes = new Panes(host, rooms, { people: () => loaded.promise, directory: aPane })
  const first = panes.show('people')
  await panes.show('rooms')
  loaded.resolve(people)
  await first
  assert.deepEqual([panes.name, panes.shown, people.left], ['rooms', rooms, 1])
})
