import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemText } from '../../widget/elements/timeline/system-text.ts'
import { strings as ar } from '../../widget/locale/ar.ts'
import { badgeOf } from '../../widget/locale/count.ts'
import { en, type Strings } from '../../widget/locale/en.ts'
import { enRooms } from '../../widget/locale/en-rooms.ts'
import { loadLocale, locales } from '../../widget/locale/locales.ts'
import { pluralIn } from '../../widget/locale/plural.ts'

const folder = join(import.meta.dirname, '..', '..', 'widget', 'locale')
/** With what is loaded later. */
const english: Strings = { ...en, room: enRooms }
const all: [string, Strings][] = [['en', english]]
for (const [key, load] of Object.entries(locales)) all.push([key, (await load()).strings])

/** Every name, with those inside it, and whether it is a text or says one. */
function keysOf(words: object, at = ''): string[] {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'object' ? keysOf(value, `${at}${key}.`) : [`${at}${key}: ${typeof value}`],
  )
}

function textsOf(words: object): string[] {
  return Object.values(words).flatMap((value) =>
    typeof value === 'object' ? textsOf(value) : typeof value === 'string' ? [value] : [],
  )
}

/** What counts: asked with a number, and the same as a reader would see it. */
const counting = (words: Strings): Record<string, (n: number, shown: string) => string> => ({
  openUnread: words.openUnread,
  moreThan: words.moreThan,
  unread: words.unread,
  andMore: words.andMore,
  members: words.members,
  jumpToNew: words.jumpToNew,
  countNew: words.countNew,
  charactersLeft: words.charactersLeft,
  muteHours: (words.room ?? enRooms).muteHours,
  charactersOver: words.charactersOver,
  messages: (n, shown) => words.announce.messages(n, shown, 'the room'),
})

test('every file of a language is in the list, under its own name', async () => {
  const listed = new Set(all.map(([, words]) => words))
  for (const file of globSync('*.ts', { cwd: folder })) {
    const { strings } = (await import(join(folder, file))) as { strings?: Strings }
    if (strings) assert.ok(listed.has(strings), `${file} is not in locales.ts`)
  }
  for (const [key, { language }] of all) assert.equal(language.toLowerCase(), key)
})

test('docs/languages.md has a line for each language, and for no other', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'languages.md'), 'utf8')
  const named = [...page.matchAll(/^\| [^|]+ \| `(\w+)` \|/gm)].map(([, key]) => key)
  assert.deepEqual(named.sort(), all.map(([key]) => key).sort())
})

for (const [key, words] of all) {
  test(`${key} says exactly what there is to say`, () => {
    assert.deepEqual(keysOf(words).sort(), keysOf(english).sort())
    assert.deepEqual(
      textsOf(words).filter((text) => !text.trim()),
      [],
    )
  })

  test(`${key} has no digits of its own: those of the reader stand in what it counts`, () => {
    assert.deepEqual(
      textsOf(words).filter((text) => /\d/.test(text)),
      [],
    )
    for (const [name, say] of Object.entries(counting(words)))
      for (const n of [0, 1, 2, 3, 5, 11, 21, 100, 1_000]) {
        const said = say(n, '٧')
        const isInWord = key === 'ar' && (n === 1 || n === 2)
        assert.ok((said.includes('٧') || isInWord) && !/\d/.test(said), `${name} says ${said}`)
      }
  })
}

test('a language is found by what it is a variety of, and English where nobody wrote it', async () => {
  const { strings } = await import('../../widget/locale/de.ts')
  for (const lang of ['de', 'de-AT', 'DE-ch', 'de-Latn-DE-u-nu-latn'])
    assert.equal(await loadLocale(lang), strings, lang)
  for (const lang of ['en', 'en-GB', 'tlh', 'd', 'den']) assert.equal(loadLocale(lang), undefined, lang)
})

test('a plural has the forms of its language, and `other` for those that are not given', () => {
  const polish = pluralIn('pl')
  const days = { one: 'dzień', few: 'dni', many: 'dni (5)', other: 'dnia' }
  assert.deepEqual(
    [1, 2, 4, 5, 12, 22, 100, 1.5].map((n) => polish(n, days)),
    ['dzień', 'dni', 'dni', 'dni (5)', 'dni (5)', 'dni', 'dni (5)', 'dnia'],
  )
  const arabic = pluralIn('ar')
  const forms = { zero: 'zero', one: 'one', two: 'two', few: 'few', many: 'many', other: 'other' }
  assert.deepEqual(
    [0, 1, 2, 3, 11, 100].map((n) => arabic(n, forms)),
    ['zero', 'one', 'two', 'few', 'many', 'other'],
  )
  assert.equal(arabic(2, { one: 'one', other: 'other' }), 'other')
})

test('Arabic says one and two by the word, and each other number by the form that it asks for', () => {
  const said = [1, 2, 3, 11, 100].map((n) => ar.members(n, String(n)))
  assert.deepEqual(said, ['شخص واحد', 'شخصان', '3 أشخاص', '11 شخصًا', '100 شخص'])
})

for (const [key, words] of all)
  test(`${key} counts nobody as nobody: of a link that nobody used it names no number`, () => {
    assert.doesNotMatch((words.room ?? enRooms).used(0, '0'), /0/)
  })

test('a badge counts to 99 in the digits of its reader', () => {
  const arabic = new Intl.NumberFormat('ar-EG')
  const badge = (n: number) => badgeOf(n, (n) => arabic.format(n), en)
  assert.deepEqual([1, 99, 100].map(badge), ['١', '٩٩', '٩٩+'])
})

test('of several settings that were changed at once each stands for itself', () => {
  const settings = ['owners', 'slow'] as const
  const system = {
    event: 'configured',
    who: { id: 'sam', name: 'Sam' },
    what: undefined,
    isOwn: false,
    settings,
  } as const
  assert.equal(
    systemText({ text: '', system }, english),
    'Sam let only owners write · Sam turned slow mode on',
  )
})

test('French says tu to its reader throughout', () => {
  const lines = readFileSync(join(folder, 'fr.ts'), 'utf8').split('\n')
  const polite = /(?<![\p{L}’])(?:vous|votre|vos|[\p{L}]{3,}ez)(?![\p{L}])/iu
  assert.deepEqual(
    lines.filter((line) => polite.test(line)),
    [],
  )
})
