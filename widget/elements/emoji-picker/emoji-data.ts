/** The emoji of a language: their names, how they are searched, and their skin tones. */
import { foldName, wordsIn } from '../../../server/protocol/names.ts'

export type Emoji = {
  readonly emoji: string
  readonly label: string
  /** It comes in five skin tones. */
  readonly hasTones: boolean
}
export type EmojiGroup = { readonly name: string; readonly emoji: readonly Emoji[] }

type Loader = () => Promise<{ readonly emoji: string }>

/** Arabic has the pictures too, with English names: there are no others. */
export const emojiLanguages: Readonly<Record<string, Loader>> = {
  en: () => import('../../locale/emoji-en.ts'),
  de: () => import('../../locale/emoji-de.ts'),
  fr: () => import('../../locale/emoji-fr.ts'),
  ja: () => import('../../locale/emoji-ja.ts'),
}

/** By how many code points further the five tones follow this one (Unicode UTS 51). */
const lightest = 0x1f3fb
/** The tones of hands, none first. */
export const tones = [0, 1, 2, 3, 4, 5] as const
export type Tone = (typeof tones)[number]

/** An emoji in a tone, where it has any: the tone follows the first person or hand of it. */
export function toned({ emoji, hasTones }: Pick<Emoji, 'emoji' | 'hasTones'>, tone: Tone): string {
  if (!hasTones || tone === 0) return emoji
  const [first = '', ...rest] = emoji
  if (rest[0] === '\ufe0f') rest.shift()
  return first + String.fromCodePoint(lightest + tone - 1) + rest.join('')
}

type Searched = { readonly one: Emoji; readonly words: readonly string[] }

/** All of a language, as widget/locale/emoji-LANGUAGE.ts has them. */
export class EmojiIndex {
  readonly groups: readonly EmojiGroup[]
  readonly #all: readonly Searched[]

  /** `isDrawn` says whether the reader's device can draw an emoji. It is asked for one of each late version. */
  constructor(source: string, isDrawn: (emoji: string) => boolean = () => true) {
    const drawn = new Map<string, boolean>()
    const groups: { name: string; emoji: Emoji[] }[] = []
    this.#all = source
      .trim()
      .split('\n')
      .flatMap((line) => {
        if (line.startsWith('# ')) {
          groups.push({ name: line.slice(2), emoji: [] })
          return []
        }
        const [, version, plus, emoji = '', said = ''] = /^(?:v([\d.]+):)?(\+?)(\S+) (.*)$/.exec(line) ?? []
        if (version !== undefined) {
          if (!drawn.has(version)) drawn.set(version, isDrawn(emoji))
          if (!drawn.get(version)) return []
        }
        const one = { emoji, label: said.split('|', 1)[0] ?? '', hasTones: plus === '+' }
        groups.at(-1)?.emoji.push(one)
        return [{ one, words: wordsIn(foldName(said)) }]
      })
    this.groups = groups
  }

  /** Those one of whose words starts with each word of the query; by their own name first. */
  search(query: string, most: number): Emoji[] {
    const folded = foldName(query).trim()
    const wanted = wordsIn(folded)
    const isIt = ({ one, words }: Searched) =>
      one.emoji === query.trim() ||
      (wanted.length > 0 && wanted.every((start) => words.some((word) => word.startsWith(start))))
    const found = this.#all.filter(isIt).map(({ one }) => one)
    const isNamed = ({ label }: Emoji) => foldName(label).startsWith(folded)
    return [...found.filter(isNamed), ...found.filter((one) => !isNamed(one))].slice(0, most)
  }

  /** What is known of an emoji, whatever its tone. */
  find(emoji: string): Emoji | undefined {
    const plain = withoutTone(emoji)
    return this.#all.find(({ one }) => withoutTone(one.emoji) === plain)?.one
  }
}

function withoutTone(emoji: string): string {
  return emoji.replace(/[\u{1f3fb}-\u{1f3ff}]|\ufe0f/gu, '')
}
