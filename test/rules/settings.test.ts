import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  allSettings,
  changedColumns,
  givenSettings,
  readAssignment,
  readSetting,
  settingNamed,
  settingsByName,
  settingsFrom,
  settingsInColumns,
  shownSetting,
  usualColumns,
} from '../../server/rules/settings.ts'

const usual = settingsFrom({})

test('each setting has its default until it is set, and reads what it shows', () => {
  const byName = Object.fromEntries(settingsByName(usual))
  assert.deepEqual(
    Object.keys(byName),
    allSettings.map(({ name }) => name),
  )
  for (const setting of allSettings) {
    assert.equal(byName[setting.name], setting.default)
    const text = `${setting.name}=${shownSetting(setting.default)}`
    assert.deepEqual(readAssignment(text), [setting.name, setting.default])
    assert.ok(setting.about && setting.expected, setting.name)
  }
  // What makes everybody wait, and what lets people in, is on only where a site wants it.
  const off = ['undoSend', 'joinLinks']
  for (const [name, value] of Object.entries(usual.features)) assert.equal(value, !off.includes(name), name)
})

test('what a later version wrote means nothing here, and stays where it is', () => {
  const stored = {
    'features.later': false,
    'limits.textChars': 'many',
    'limits.members': 9,
    later: 'x',
    toString: 1,
  }
  const limits = { ...usual.limits, members: 9 }
  assert.deepEqual(settingsFrom(stored), { ...usual, limits })
  const columns = { directory: 'later' as 'all', settings: stored }
  assert.deepEqual(settingsInColumns(columns), { ...usual, limits })
  assert.deepEqual(changedColumns(columns, { 'limits.members': undefined, 'features.typing': false }), {
    directory: 'later',
    settings: {
      'features.later': false,
      'features.typing': false,
      'limits.textChars': 'many',
      later: 'x',
      toString: 1,
    },
  })
})

test('a default that is set stays what it is, whatever the default becomes', () => {
  const { settings } = changedColumns(usualColumns, { 'features.typing': true })
  assert.deepEqual(settings, { 'features.typing': true })
})

test('the same settings are the same text, in whatever order they were set', () => {
  const set = (names: readonly string[]) =>
    names.reduce((columns, name) => changedColumns(columns, { [name]: 5 }), usualColumns)
  const names = ['limits.textChars', 'limits.members', 'features.typing']
  assert.equal(JSON.stringify(set(names)), JSON.stringify(set(names.toReversed())))
})

test('what a host gives is complete afterwards, and what cannot be is refused', () => {
  const given = givenSettings({ features: { typing: false }, limits: {}, directory: 'none' })
  assert.deepEqual(given, { ...usual, features: { ...usual.features, typing: false }, directory: 'none' })
  assert.deepEqual(givenSettings({}), usual)
  // As a host without types may say it.
  const wrong: [given: unknown, why: RegExp][] = [
    [{ features: { tpying: false } }, /^no setting "features.tpying", did you mean features.typing\?$/],
    [{ limits: { textChars: '5' } }, /^limits.textChars: expected a whole number from 1 to 8000, got "5"$/],
    [{ limits: { textChars: 8001 } }, /^limits.textChars: expected a whole number from 1 to 8000, got 8001$/],
    [{ limits: { textChars: null } }, /^limits.textChars: expected a whole number from 1 to 8000, got null$/],
    [{ limits: 5 }, /^no setting "limits": /],
    [{ directory: 'some' }, /^directory: expected all, shared or none, got "some"$/],
  ]
  for (const [settings, message] of wrong)
    assert.throws(() => givenSettings(settings as Parameters<typeof givenSettings>[0]), { message })
})

test('a limit of time may be none: `always` for people, null in code, and stored as that', () => {
  const setting = settingNamed('limits.editWindow')
  assert.deepEqual([readSetting(setting, 'always'), shownSetting(null)], [null, 'always'])
  assert.equal(givenSettings({ limits: { editWindow: null } }).limits.editWindow, null)
  const stored = changedColumns(usualColumns, { 'limits.editWindow': null })
  assert.equal(settingsInColumns(JSON.parse(JSON.stringify(stored))).limits.editWindow, null)
  assert.throws(() => readSetting(settingNamed('limits.members'), 'always'), /expected a whole number/)
})
