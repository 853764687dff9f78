import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import {
  EmojiIndex,
  emojiLanguages,
  type Tone,
  toned,
} from '../../widget/elements/emoji-picker/emoji-data.ts'

const { resolve } = createRequire(import.meta.url)
const index = async (language: string) => new EmojiIndex((await emojiLanguages[language]?.())?.emoji ?? '')
const first = (found: readonly { emoji: string }[]) => found.map(({ emoji }) => emoji).slice(0, 3)

test('an emoji is found by the words of its name and by its keywords, in the language of the reader', async () => {
  const en = await index('en')
  assert.deepEqual(first(en.search('red heart', 9)), ['❤️'])
  assert.ok(en.search('lol', 50).length > 0)
  assert.equal(en.search('thumbs', 9)[0]?.emoji, '👍')
  assert.deepEqual(en.search('  ', 9), [])
  assert.deepEqual(en.search('qqqq', 9), [])
  assert.deepEqual(first(en.search('🦊', 9)), ['🦊'])
  assert.equal(en.search('face', 20).length, 20)
  assert.equal((await index('de')).search('füchs', 9)[0]?.emoji, '🦊')
  assert.equal((await index('fr')).search('eleph', 9)[0]?.emoji, '🐘')
  assert.ok((await index('ja')).search('ハート', 50).length > 3)
})

test('every emoji is one whole one, in nine groups with names, the same in each language', async () => {
  const [en, ...others] = await Promise.all(Object.keys(emojiLanguages).map(index))
  const all = (one: EmojiIndex | undefined) =>
    one?.groups.flatMap(({ emoji }) => emoji.map(({ emoji }) => emoji))
  assert.equal(en?.groups.length, 9)
  assert.ok((all(en)?.length ?? 0) > 1_800)
  for (const emoji of all(en) ?? []) assert.match(emoji, /^\p{RGI_Emoji}$/v)
  for (const other of others) assert.deepEqual(all(other), all(en))
})

test('a version of emoji that the device cannot draw is not offered, and is asked about once', async () => {
  const { emoji } = (await emojiLanguages.en?.()) ?? { emoji: '' }
  const asked: string[] = []
  const isDrawn = (one: string) => {
    asked.push(one)
    return one !== '🫩'
  }
  const en = new EmojiIndex(emoji, isDrawn)
  assert.ok(asked.length < 6 && asked.includes('🫩'))
  for (const late of ['🫩', '🫆', '🫜']) assert.equal(en.find(late), undefined, late)
  for (const one of ['🫨', '🫠', '😀']) assert.equal(en.find(one)?.emoji, one)
})

test('a tone stands where Unicode has it', async () => {
  type Entry = { unicode: string; skins?: { unicode: string }[] }
  const entries: Entry[] = JSON.parse(readFileSync(resolve('emojibase-data/en/compact.json'), 'utf8'))
  const plain = (emoji: string) => emoji.replaceAll('\ufe0f', '')
  const skins = new Map(entries.map(({ unicode, skins }) => [plain(unicode), skins]))
  let count = 0
  for (const { emoji } of (await index('en')).groups)
    for (const one of emoji.filter(({ hasTones }) => hasTones)) {
      count++
      const wanted = skins.get(plain(one.emoji))?.map(({ unicode }) => plain(unicode))
      const made = [1, 2, 3, 4, 5].map((tone) => plain(toned(one, tone as Tone)))
      assert.deepEqual(made, wanted, one.emoji)
      for (const tone of [1, 2, 3, 4, 5]) assert.match(toned(one, tone as Tone), /^\p{RGI_Emoji}$/v)
    }
  assert.ok(count > 250)
})

test('what was used before is found again in any tone', async () => {
  const en = await index('en')
  assert.equal(en.find('👍🏽')?.label, 'thumbs up')
  assert.equal(en.find('❤')?.label, 'red heart')
  assert.equal(en.find('x'), undefined)
})
