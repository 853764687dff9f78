/**
 * Finds what is formatted within a line: **bold**, *italic* or _italic_, ~~struck~~ and `code`, beside the links. Marks count
 * only at the edge of a word, so that snake_case, 2*3*4 and ^_^ stay what they are, and a mark whose other half is missing is
 * text. One pass without backtracking.
 */
import { isVisible } from '../../../server/protocol/visible.ts'
import type { Mention } from '../../state/mentions.ts'
import { type Piece, scanLinks } from './link-scanner.ts'

/** The elements that show it. */
export type Mark = 'strong' | 'em' | 's' | 'code'

/** A stretch of a line, without the marks around it. */
export type Inline = Piece & { readonly marks: readonly Mark[]; readonly mention?: Mention }

/** Of the characters that were looked at. */
export type Counter = { visited: number }

/** Stands for a mention while a text is looked through. No text has one, no word goes on in it, and links end there. */
export const stand = '\0'

/** Whether there is anything to see in it: formatted, nothing would be an empty bubble. */
export function isShown(text: string): boolean {
  return text.includes(stand) || isVisible(text)
}

export function inlinesOf(line: string, counter: Counter): Inline[] {
  if (!/[*_~`]/.test(line)) return linksIn(line, counter)
  counter.visited += 5 * line.length
  const parts = codeIn(line, counter)
  const tokens = parts.flatMap((part, at) => {
    const isWhole = part.marks.length > 0 || part.href !== undefined
    const beside = { before: parts[at - 1]?.text.at(-1), after: parts[at + 1]?.text.at(0) }
    return isWhole ? [part] : delimitersIn(part.text, beside)
  })
  return marked(tokens, pairsIn(tokens))
}

function linksIn(text: string, counter: Counter): Inline[] {
  const { pieces, visited } = scanLinks(text)
  counter.visited += visited
  return pieces.map((piece) => ({ ...piece, marks: [] }))
}

/** Code first, because nothing in it is formatting or a link. */
function codeIn(line: string, counter: Counter): Inline[] {
  const found: Inline[] = []
  const ticks = [...line.matchAll(/(?<!`)`(?!`)/g)].map(({ index }) => index)
  // Each is passed once: one that nothing closes says that nothing closes a later one.
  const closing = ticks.filter((at) => isEdge(line[at + 1]) && at > 0)
  let from = 0
  let next = 0
  for (const start of ticks) {
    if (start < from || !isEdge(line[start - 1])) continue
    while (next < closing.length && (closing[next] ?? 0) <= start) next++
    const end = closing[next]
    if (end === undefined) break
    const text = line.slice(start + 1, end)
    if (!isShown(text)) continue
    if (start > from) found.push(...linksIn(line.slice(from, start), counter))
    found.push({ text, marks: ['code'] })
    from = end + 1
  }
  if (from < line.length) found.push(...linksIn(line.slice(from), counter))
  return found
}

const marks = { '**': 'strong', '*': 'em', _: 'em', '~~': 's' } as const satisfies Record<string, Mark>
type Delimiter = keyof typeof marks
/** A delimiter has its name, and other stretches have none. */
type Token = Inline & { readonly delimiter?: Delimiter; readonly opens?: boolean; readonly closes?: boolean }
type Beside = { readonly before: string | undefined; readonly after: string | undefined }

/** Cuts a text at what may open or close something. */
function delimitersIn(text: string, beside: Beside): Token[] {
  const tokens: Token[] = []
  let from = 0
  for (const { 0: run, index } of text.matchAll(/\*+|_+|~+/g)) {
    const roles = rolesBetween({
      before: text[index - 1] ?? beside.before,
      after: text[index + run.length] ?? beside.after,
    })
    const names = delimitersOf(run, roles)
    if (names.length === 0) continue
    if (index > from) tokens.push({ text: text.slice(from, index), marks: [] })
    for (const name of names) tokens.push({ text: name, marks: [], delimiter: name, ...roles })
    from = index + run.length
  }
  if (from < text.length) tokens.push({ text: text.slice(from), marks: [] })
  return tokens
}

type Roles = { readonly opens: boolean; readonly closes: boolean }

function rolesBetween({ before, after }: Beside): Roles {
  return { opens: isBefore(before) && isWithin(after), closes: isWithin(before) && isEdge(after) }
}

function delimitersOf(run: string, { opens, closes }: Roles): Delimiter[] {
  if (!opens && !closes) return []
  // The inner one closes first.
  if (run === '***') return opens ? ['**', '*'] : ['*', '**']
  return Object.hasOwn(marks, run) ? [run as Delimiter] : []
}

type Pairs = ReadonlyMap<number, { readonly mark: Mark; readonly isStart: boolean }>

/** A delimiter is seen itself, or closes what is. */
function isSeen({ delimiter, text }: Token): boolean {
  return delimiter !== undefined || isShown(text)
}

/** Which delimiters have their other half, by their places. */
function pairsIn(tokens: readonly Token[]): Pairs {
  const opened = new Map<Delimiter, number>()
  const pairs = new Map<number, { mark: Mark; isStart: boolean }>()
  for (const [at, { delimiter, opens, closes }] of tokens.entries()) {
    if (!delimiter) continue
    const start = opened.get(delimiter)
    if (closes && start !== undefined && tokens.slice(start + 1, at).some(isSeen)) {
      pairs.set(start, { mark: marks[delimiter], isStart: true })
      pairs.set(at, { mark: marks[delimiter], isStart: false })
      // What opened within it has no other half any more.
      for (const [name, place] of opened) if (place >= start) opened.delete(name)
    } else if (opens) opened.set(delimiter, at)
  }
  return pairs
}

/** Each stretch with the marks of the pairs around it. */
function marked(tokens: readonly Token[], pairs: Pairs): Inline[] {
  const inlines: Inline[] = []
  let around: readonly Mark[] = []
  for (const [at, { text, href, marks }] of tokens.entries()) {
    const pair = pairs.get(at)
    if (!pair) inlines.push({ text, ...(href !== undefined && { href }), marks: [...around, ...marks] })
    else around = pair.isStart ? [...around, pair.mark] : around.toSpliced(around.lastIndexOf(pair.mark), 1)
  }
  return inlines
}

/** Where no spaces stand between words, each letter is at an edge. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/** No word goes on here. */
function isEdge(char: string | undefined): boolean {
  return char === undefined || !/[\p{L}\p{N}\p{M}_]/u.test(char) || unspaced.test(char)
}

/** Something may begin after this. Faces (`^_^`, `>_<`, `¯\_(ツ)_/¯`) are no place for it. */
function isBefore(char: string | undefined): boolean {
  return char === undefined || /[\s\p{Ps}\p{Pi}"'¡¿*_~—–\udc00-\udfff]/u.test(char) || unspaced.test(char)
}

/** A mark may touch it from outside. */
function isWithin(char: string | undefined): boolean {
  return char !== undefined && !/\s/.test(char)
}
