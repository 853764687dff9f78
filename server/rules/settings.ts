/**
 * What a tenant decides for itself. A new setting is its line in the schema, with its default, and the code that reads it
 * from the tenant's `settings`: storage, the command line, `createChatter` and docs/operations.md follow from the line.
 *
 * There are no settings for taste. `features` are parts of Chatter that a site may not want: on by default but for what makes
 * everybody wait and what lets people in, and off the server answers `unsupported` and the widget shows nothing of them. `limits` are those of protocol/limits.ts that
 * depend on the site, and never above them, for frames, pages and statements are measured by the server's own; and what
 * one user may do in an hour or a day (rules/quotas.ts), which a site may also raise. (How
 * long names are is the host's business, who gives them, and most other limits divide the work of server and client.)
 * Beside these two stand policies that have no right answer for everybody.
 */
import * as v from 'valibot'
import { cleanLine } from '../protocol/clean.ts'
import { limits } from '../protocol/limits.ts'
import { UserId } from '../protocol/views.ts'
import { isVisible } from '../protocol/visible.ts'
import { didYouMean } from './did-you-mean.ts'
import { KeepDays } from './retention.ts'

/** What is said of a setting. */
type Notes = {
  readonly about: string
  /** What a value has to be: the end of "expected …". */
  readonly expected: string
  /** Clients learn it, from `ready` and when it changes. */
  readonly isLearned: boolean
}

const noted = <S extends v.GenericSchema>(schema: S, notes: Notes) => v.pipe(schema, v.metadata(notes))

const feature = (about: string, usual = true) =>
  v.optional(noted(v.boolean(), { about, expected: 'on or off', isLearned: true }), usual)

const limit = (least: number, most: number, about: string) => {
  const number = v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))
  const expected = `a whole number from ${least} to ${most}`
  return v.optional(noted(number, { about, expected, isLearned: true }), most)
}

/** Beyond what anybody does: as good as none. */
const mostOfQuota = 1_000_000_000_000

const quota = (usual: number, about: string) => {
  const number = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(mostOfQuota))
  const expected = `a whole number from 1 to ${mostOfQuota}`
  return v.optional(noted(number, { about, expected, isLearned: false }), usual)
}

/** As a limit may be none: on the command line `always`. */
const seconds = (usual: number, about: string) => {
  const number = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(mostOfQuota))
  const expected = `a whole number from 0 to ${mostOfQuota}, or always`
  return v.optional(noted(v.nullable(number), { about, expected, isLearned: true }), usual)
}

/** The server looks at the address itself when it asks there (outbound/outbound.ts). */
const isJwksUrl = (text: string) => text.length <= 2_000 && URL.parse(text)?.protocol === 'https:'

const Contacts = v.pipe(v.array(UserId), v.maxLength(20))

/** The users that the setting `guestContacts` names. */
export function contactsIn(text: string): string[] {
  return [...new Set(text.split(',').map((id) => id.trim()))].filter((id) => id !== '')
}

/** What of a tenant's settings is without them, who was erased; nothing where they stand nowhere. */
export function settingsWithout(stored: StoredSettings, user: string): StoredSettings | undefined {
  const { guestContacts, ...others } = stored
  const contacts = typeof guestContacts === 'string' ? contactsIn(guestContacts) : []
  if (!contacts.includes(user)) return undefined
  return changedSettings(others, { guestContacts: contacts.filter((one) => one !== user).join(',') })
}

export const TenantSettings = v.object({
  features: v.optional(
    v.object({
      typing: feature('users see who is typing'),
      replies: feature('a message may answer another one'),
      reactions: feature('users react to messages with emoji'),
      pins: feature('members pin messages for all in the room'),
      forwards: feature('a message may say again what another one says'),
      mentions: feature('a message may mention members'),
      joinLinks: feature(
        'owners of groups make links by which users of the site join them: its pages want `deep-links` to open one',
        false,
      ),
      undoSend: feature('what is written in the widget waits 6 seconds, in which it can be undone', false),
    }),
    {},
  ),
  limits: v.optional(
    v.object({
      textChars: limit(1, limits.textChars, 'most characters of a message; longer ones stay as they are'),
      members: limit(2, limits.members, 'most members of a group; larger ones stay as they are'),
      editWindow: seconds(
        86_400,
        'seconds for which a message may be edited and deleted by its author; `null` in code: always',
      ),
      strangerRoomsPerHour: quota(
        60,
        'rooms that a user opens in an hour with people they share no room with',
      ),
      addedMembersPerHour: quota(300, 'members that a user adds to groups in an hour'),
      guestsPerHour: quota(300, 'guests who come to the site in an hour, all together'),
      textBytesPerDay: quota(
        20_000_000,
        'bytes of text (UTF-8) that a user sends and edits in a day, with the messages about new names and roles that they give',
      ),
    }),
    {},
  ),
  name: v.optional(
    noted(
      v.pipe(
        v.string(),
        v.check((text) => text === '' || (text.length <= 60 && isVisible(text) && cleanLine(text) === text)),
      ),
      {
        about:
          'what the site is called where it says something itself; without one, the hostname of its first origin, or its own',
        expected: 'a name of at most 60 characters',
        isLearned: false,
      },
    ),
    '',
  ),
  jwks: v.optional(
    noted(
      v.pipe(
        v.string(),
        v.check((text) => text === '' || isJwksUrl(text)),
      ),
      {
        about:
          'where the public keys are with which the site’s sign-in signs tokens (RS256, ES256 or EdDSA), beside its secrets; its tokens name a hostname of the tenant as `aud`',
        expected: 'an https address of a JWKS',
        isLearned: false,
      },
    ),
    '',
  ),
  directory: v.optional(
    noted(v.picklist(['all', 'shared', 'none']), {
      about: 'whom a user finds by name: all users, people of shared rooms, or none',
      expected: 'all, shared or none',
      isLearned: false,
    }),
    'all',
  ),
  contact: v.optional(
    noted(v.picklist(['anyone', 'shared', 'nobody']), {
      about:
        'with whom a user opens a room or brings them into one: anyone, people of shared rooms (as far as 1,000 rooms of the one who is in fewer show it), or nobody; whom a token names in `may` always, and rooms that are there stay',
      expected: 'anyone, shared or nobody',
      isLearned: false,
    }),
    'anyone',
  ),
  history: v.optional(
    noted(v.picklist(['all', 'since-joined']), {
      about:
        'what members of a new group see of the time before they came: all, or nothing; each group may be set otherwise',
      expected: 'all or since-joined',
      isLearned: false,
    }),
    'all',
  ),
  guests: v.optional(
    noted(v.boolean(), {
      about:
        'whether visitors whom the site does not know may chat: they give a name, and all others see that they are guests. It takes a secret of the tenant, with which their tokens are signed',
      expected: 'on or off',
      isLearned: false,
    }),
    false,
  ),
  guestContacts: v.optional(
    noted(
      v.pipe(
        v.string(),
        v.check((text) => text === '' || v.is(Contacts, contactsIn(text))),
      ),
      {
        about:
          'whom guests may write to: the ids of up to 20 users, with commas between. Each new guest gets one room with all of them: those who answer visitors',
        expected: 'user ids with commas between',
        isLearned: false,
      },
    ),
    '',
  ),
  erasedMessages: v.optional(
    noted(v.picklist(['tombstones', 'none']), {
      about:
        'what is left where a user wrote who is erased: tombstones of nobody, or nothing (but for the last message of a room)',
      expected: 'tombstones or none',
      isLearned: false,
    }),
    'tombstones',
  ),
  keepDays: v.optional(
    noted(v.nullable(KeepDays), {
      about:
        'days for which messages are kept; older ones are removed within an hour, in all rooms and for good. A room may keep them for less. `null` in code: always',
      expected: 'a whole number from 1 to 36500, or always',
      isLearned: false,
    }),
    null,
  ),
  presence: v.optional(
    noted(v.picklist(['everybody', 'contacts', 'off']), {
      about:
        'who at most sees of a user whether they are here and when they were: the people of their small rooms, those of their direct rooms, or nobody; each user may show less',
      expected: 'everybody, contacts or off',
      // But that it is off: `features.presence`.
      isLearned: false,
    }),
    'everybody',
  ),
})

export type TenantSettings = v.InferOutput<typeof TenantSettings>
/** As a host gives them: what is left out has its default. */
export type GivenSettings = v.InferInput<typeof TenantSettings>

export type SettingValue = boolean | number | string | null
/** By name (`limits.textChars`), those that were set. What a later version wrote stays, and means nothing here. */
export type StoredSettings = { readonly [name: string]: SettingValue }
/** What is undefined takes its default again. */
export type SettingsChange = { readonly [name: string]: SettingValue | undefined }

export type Setting = Notes & {
  readonly name: string
  readonly default: SettingValue
  readonly schema: v.GenericSchema
}

/** All there are, in the order of the schema. */
export const allSettings: readonly Setting[] = settingsIn(TenantSettings.entries as Entries)

const byName = new Map(allSettings.map((setting) => [setting.name, setting]))

/** @throws Error that says which there are */
export function settingNamed(name: string): Setting {
  const setting = byName.get(name)
  if (setting) return setting
  const meant = didYouMean(name, byName.keys())
  const which = meant === '' ? `: expected one of ${[...byName.keys()].join(', ')}` : meant
  throw new Error(`no setting ${JSON.stringify(name)}${which}`)
}

/** What a value is called where people write it. */
const words: { readonly [word: string]: SettingValue } = { on: true, off: false, always: null }

/** The value that a text says. @throws Error that says what was expected */
export function readSetting(setting: Setting, text: string): SettingValue {
  const value = Object.hasOwn(words, text) ? words[text] : /^\d{1,15}$/.test(text) ? Number(text) : text
  if (v.is(setting.schema, value)) return value as SettingValue
  // The id of a user may be a number.
  if (v.is(setting.schema, text)) return text
  throw new Error(`expected ${setting.expected}, got ${JSON.stringify(text)}`)
}

/** `limits.textChars=2000` and the like, as an entry of those that were set. @throws Error that says what was expected */
export function readAssignment(text: string): [name: string, value: SettingValue] {
  const at = text.indexOf('=')
  if (at < 0) throw new Error(`expected KEY=VALUE, got ${JSON.stringify(text)}`)
  const setting = settingNamed(text.slice(0, at))
  try {
    return [setting.name, readSetting(setting, text.slice(at + 1))]
  } catch (error) {
    throw new Error(`${setting.name}: ${(error as Error).message}`)
  }
}

/** A value as `readSetting` takes it. */
export function shownSetting(value: SettingValue): string {
  return Object.keys(words).find((word) => words[word] === value) ?? String(value)
}

/** Each setting by its name. */
export function settingsByName(settings: GivenSettings): [name: string, value: SettingValue][] {
  return Object.entries(settings).flatMap(([name, value]) => {
    if (value === undefined) return []
    if (typeof value !== 'object' || value === null) return [[name, value]]
    return settingsByName(value as GivenSettings).map(([key, one]) => [`${name}.${key}`, one])
  })
}

/** What a host's own code gave. @throws Error that says what was expected */
export function givenSettings(given: GivenSettings): TenantSettings {
  const stored = settingsByName(given)
  for (const [name, value] of stored) {
    const { schema, expected } = settingNamed(name)
    if (!v.is(schema, value)) throw new Error(`${name}: expected ${expected}, got ${JSON.stringify(value)}`)
  }
  return settingsFrom(Object.fromEntries(stored))
}

/** All settings of a tenant for which these were set. What this version would not take counts as not set. */
export function settingsFrom(stored: StoredSettings): TenantSettings {
  const given: { [name: string]: unknown } = {}
  for (const [name, value] of Object.entries(stored)) {
    const [group = '', key] = name.split('.')
    if (!v.is(byName.get(name)?.schema ?? v.never(), value)) continue
    given[group] = key === undefined ? value : { ...(given[group] as object | undefined), [key]: value }
  }
  return v.parse(TenantSettings, given)
}

/** Those that are set after a change. */
function changedSettings(stored: StoredSettings, change: SettingsChange): StoredSettings {
  const isSet = (entry: [string, SettingValue | undefined]): entry is [string, SettingValue] =>
    entry[1] !== undefined
  // In one order: the same settings are the same text in every database.
  const set = Object.entries({ ...stored, ...change }).filter(isSet)
  return Object.fromEntries(set.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * As a tenant's row holds them. `directory` has a column of its own, because nodes and command lines of the build before
 * know no other place for it: so each sees what the other changes.
 */
export type SettingColumns = {
  readonly directory: TenantSettings['directory']
  readonly settings: StoredSettings
}

export const usualColumns: SettingColumns = { directory: 'all', settings: {} }

export function settingsInColumns({ directory, settings }: SettingColumns): TenantSettings {
  return settingsFrom({ ...settings, directory })
}

export function changedColumns(before: SettingColumns, change: SettingsChange): SettingColumns {
  const { directory, ...others } = change
  const isNamed = Object.hasOwn(change, 'directory')
  return {
    directory: isNamed ? settingsFrom(changedSettings({}, { directory })).directory : before.directory,
    settings: changedSettings(before.settings, others),
  }
}

type Entries = { readonly [key: string]: Entry }
type Entry = { readonly default: unknown; readonly wrapped: v.GenericSchema & { readonly entries?: Entries } }

function settingsIn(entries: Entries, prefix = ''): Setting[] {
  return Object.entries(entries).flatMap(([key, entry]) => {
    const { wrapped: schema, default: value } = entry
    const name = `${prefix}${key}`
    if (schema.entries) return settingsIn(schema.entries, `${name}.`)
    return [{ name, schema, default: value as SettingValue, ...(v.getMetadata(schema) as Notes) }]
  })
}
