/**
 * Finds links in what people write. One pass without backtracking: each character is looked at a few times at most,
 * whatever the text is made of. A regular expression over a hostile text would hold every reader's page for seconds.
 */

/** A stretch of a text: plain, or shown as a link to `href`. */
export type Piece = { readonly text: string; readonly href?: string }

export type Scan = {
  /** In order; together they are the text. */
  readonly pieces: readonly Piece[]
  /** How often a character was looked at: at most 8 times the length of the text. */
  readonly visited: number
}

/**
 * A link is what starts with http://, https://, mailto: or www. at the beginning of a word, or is an e-mail address.
 * It ends before white space, quotes, and any character that could disguise where it leads; the punctuation of the
 * sentence around it is not part of it.
 */
export function scanLinks(text: string): Scan {
  const scanner = new LinkScanner(text)
  return { pieces: scanner.pieces(), visited: scanner.visited }
}

const prefixes = ['https://', 'http://', 'mailto:', 'www.']
const isFirst = ofAscii((char) => prefixes.some(([first]) => first === char.toLowerCase()))
const isWord = ofAscii((char) => /\w/.test(char))
const isLocal = ofAscii((char) => /[\w.+-]/.test(char))
const isLabel = ofAscii((char) => /[\w-]/.test(char))
// Bidirectional controls and invisible characters end a link: what is shown is where it goes. So do the quotes and the
// punctuation of other scripts: where they are written, no space follows them.
const isEnd = ofAscii((char) => ends.test(char))
const ends = /[\s<>"'`\p{Cf}\p{Cc}«»‹›‘’‚‛“”„‟…、。，．！？；：（）「」『』【】〔〕〈〉《》،؛؟۔।]/u
const isApostrophe = (char: string) => char === "'" || char === '’'
const trailing = new Set('.,:;!?*~|')
const openers: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }

/** What may be a link: from where to where, and the least it must keep to be one. */
type Candidate = { readonly start: number; readonly end: number; readonly least: number }

class LinkScanner {
  visited = 0
  readonly #text: string
  /** Where the name before an @ would begin. */
  #local = 0
  #isInWord = false

  constructor(text: string) {
    this.#text = text
  }

  pieces(): Piece[] {
    const text = this.#text
    const found: Piece[] = []
    let from = 0
    for (let at = 0; at < text.length; ) {
      const code = this.#at(at)
      const candidate = this.#candidateAt(at, code)
      const link = candidate && this.#linkOf(candidate)
      if (link) {
        if (link.start > from) found.push({ text: text.slice(from, link.start) })
        found.push({ text: text.slice(link.start, link.end), href: link.href })
        from = link.end
      }
      // A domain that made no address may be the name of the next one: it is passed by character.
      at = candidate && (link || candidate.start === at) ? this.#leap(candidate.end) : this.#step(at, code)
    }
    if (from < text.length) found.push({ text: text.slice(from) })
    return found
  }

  #candidateAt(at: number, code: number): Candidate | undefined {
    if (code === atSign) return this.#addressAt(at)
    return !this.#isInWord && isFirst(code) ? this.#urlAt(at) : undefined
  }

  #step(at: number, code: number): number {
    this.#isInWord = isWord(code)
    if (!isLocal(code)) this.#local = at + 1
    return at + 1
  }

  #leap(to: number): number {
    this.#isInWord = false
    this.#local = to
    return to
  }

  #linkOf(candidate: Candidate): { start: number; end: number; href: string } | undefined {
    const { start } = candidate
    const end = this.#trimmed(candidate)
    const href = end === undefined ? undefined : hrefOf(this.#text.slice(start, end))
    return end === undefined || href === undefined ? undefined : { start, end, href }
  }

  #at(index: number): number {
    this.visited += 1
    return this.#text.charCodeAt(index)
  }

  #urlAt(start: number): Candidate | undefined {
    const prefix = prefixes.find((one) => this.#startsWith(one, start))
    if (prefix === undefined) return undefined
    const least = start + prefix.length
    if (prefix === 'www.' && !isWord(this.#at(least))) return undefined
    let end = least
    while (end < this.#text.length) {
      const code = this.#at(end)
      const char = code < 128 ? '' : String.fromCodePoint(this.#text.codePointAt(end) ?? 0)
      if ((char === '' ? isEnd(code) : ends.test(char)) && !this.#isInsideWord(end)) break
      end += char.length || 1
    }
    return end > least ? { start, end, least } : undefined
  }

  /** An apostrophe between two letters is one of them. */
  #isInsideWord(at: number): boolean {
    if (!isApostrophe(this.#text.charAt(at))) return false
    this.visited += 2
    return /^\p{L}.\p{L}$/u.test(this.#text.slice(at - 1, at + 2))
  }

  #startsWith(prefix: string, start: number): boolean {
    for (let index = 0; index < prefix.length; index += 1) {
      const wanted = prefix.charCodeAt(index)
      const code = this.#at(start + index)
      // Letters of either case.
      if (code !== wanted && !(isWord(wanted) && (code | 0x20) === wanted)) return false
    }
    return true
  }

  /** A name, the @, and two or more labels with dots between them. */
  #addressAt(at: number): Candidate | undefined {
    const start = this.#local
    if (start === at) return undefined
    const first = this.#labelEnd(at + 1)
    let end = first
    while (end > at + 1 && this.#at(end) === dot) {
      const next = this.#labelEnd(end + 1)
      if (next === end + 1) break
      end = next
    }
    return end > first ? { start, end, least: first + 1 } : undefined
  }

  #labelEnd(start: number): number {
    let end = start
    while (isLabel(this.#at(end))) end += 1
    return end
  }

  /** Without the sentence's own punctuation, and without a closing bracket that was opened before the link. */
  #trimmed({ start, end, least }: Candidate): number | undefined {
    let counts: Record<string, number> | undefined
    for (let last = end; last > least; last -= 1) {
      this.visited += 1
      const char = this.#text.charAt(last - 1)
      const opener = openers[char]
      if (opener !== undefined) {
        counts ??= this.#brackets(start, last)
        const { [opener]: opened = 0, [char]: closed = 0 } = counts
        if (opened >= closed) return last
        counts[char] = closed - 1
      } else if (!trailing.has(char)) return last
    }
    return undefined
  }

  #brackets(start: number, end: number): Record<string, number> {
    const counts: Record<string, number> = { '(': 0, ')': 0, '[': 0, ']': 0, '{': 0, '}': 0 }
    for (let index = start; index < end; index += 1) {
      this.visited += 1
      const char = this.#text.charAt(index)
      const count = counts[char]
      if (count !== undefined) counts[char] = count + 1
    }
    return counts
  }
}

const atSign = '@'.charCodeAt(0)
const dot = '.'.charCodeAt(0)

function hrefOf(shown: string): string | undefined {
  const isBare = /^www\./i.test(shown)
  const isAddress = !isBare && !/^(?:https?:\/\/|mailto:)/i.test(shown)
  const url = URL.parse(isBare ? `https://${shown}` : isAddress ? `mailto:${shown}` : shown)
  return url && /^(?:https?|mailto):$/.test(url.protocol) ? url.href : undefined
}

/** A question about ASCII characters, answered once for each. Of every other it is no, and of the end of the text. */
function ofAscii(asks: (char: string) => boolean): (code: number) => boolean {
  let table: boolean[] | undefined
  return (code) => {
    table ??= [...Array(128).keys()].map((one) => asks(String.fromCharCode(one)))
    return table[code] ?? false
  }
}
