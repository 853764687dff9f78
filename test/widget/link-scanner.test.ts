import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { scanLinks } from '../../widget/elements/timeline/link-scanner.ts'
import { richText } from '../../widget/elements/timeline/rich-text.ts'

/** The links of a text: what is shown, or both where it leads elsewhere by its looks. */
function linksOf(text: string): string[] {
  return scanLinks(text)
    .pieces.filter(({ href }) => href !== undefined)
    .map(({ text: shown, href }) => (shown === href ? shown : `${shown} → ${href}`))
}

const found: readonly [text: string, ...links: string[]][] = [
  [''],
  ['no link: x.org, javascript:alert(1), http:/x, https://, www., www.-a, a@b, @b.org, ftp://x.org'],
  ['xhttps://a.org _www.a.org 1http://a.org'],
  ['https://a.org/x?y=z#w', 'https://a.org/x?y=z#w'],
  ['HTTP://A.org/B', 'HTTP://A.org/B → http://a.org/B'],
  ['see www.example.com, please', 'www.example.com → https://www.example.com/'],
  ['me@example.org', 'me@example.org → mailto:me@example.org'],
  ['mailto:me@example.org!', 'mailto:me@example.org'],
  [
    'first.last+tag-x@mail.example.co.uk.',
    'first.last+tag-x@mail.example.co.uk → mailto:first.last+tag-x@mail.example.co.uk',
  ],
  ['a@b@c.org', 'b@c.org → mailto:b@c.org'],
  ['a@b..org a@.org a@b.'],
  ['(https://a.org/a_(b)).', 'https://a.org/a_(b)'],
  [
    '[https://a.org/x] {https://a.org/y} **https://a.org/z**',
    'https://a.org/x',
    'https://a.org/y',
    'https://a.org/z',
  ],
  ['https://a.org/x?!…', 'https://a.org/x'],
  ['https://... https://))) mailto:... www.a... ', 'www.a → https://www.a/'],
  ['https://a.org/"onclick="x', 'https://a.org/'],
  ['https://a.org/<b>', 'https://a.org/'],
  ['https://a.org/\u202egpj.exe', 'https://a.org/'],
  ['https://a.org/\u{e0041}x', 'https://a.org/'],
  ['https://a.org/😀é', 'https://a.org/😀é → https://a.org/%F0%9F%98%80%C3%A9'],
  ['éhttps://a.org/x\nhttps://b.org/y', 'https://a.org/x', 'https://b.org/y'],
  [
    "https://a.org/it's https://a.org/'x' https://a.org/x'",
    "https://a.org/it's",
    'https://a.org/',
    'https://a.org/x',
  ],
  [
    'https://a.org/l’été, ‘https://a.org/x’',
    'https://a.org/l’été → https://a.org/l%E2%80%99%C3%A9t%C3%A9',
    'https://a.org/x',
  ],
  ['https://a.org/Foo_ and https://a.org/_', 'https://a.org/Foo_', 'https://a.org/_'],
  [
    '“https://a.org/x” «https://a.org/y» „https://a.org/z“',
    'https://a.org/x',
    'https://a.org/y',
    'https://a.org/z',
  ],
  [
    '見て（https://a.org/x）、https://a.org/y。そして「https://a.org/z」',
    'https://a.org/x',
    'https://a.org/y',
    'https://a.org/z',
  ],
  ['انظر https://a.org/x، ثم https://a.org/y؟', 'https://a.org/x', 'https://a.org/y'],
  ['https://ja.example.org/天文', 'https://ja.example.org/天文 → https://ja.example.org/%E5%A4%A9%E6%96%87'],
  ['https://[x https://b.org/', 'https://b.org/'],
  ['https\u001a//a.org'],
  ['ma\u0131lto:x \u212attps://a.org'],
]

test('a link is what a reader takes for one, without the sentence around it', () => {
  for (const [text, ...links] of found) assert.deepEqual(linksOf(text), links, text)
})

const n = 2_000
const hostile = [
  `https://x${'.'.repeat(n)}x${')'.repeat(n)}`,
  `https://x${'.)'.repeat(n)}`,
  `https://${'('.repeat(n)}${')'.repeat(n)}`,
  'https:/'.repeat(n),
  'h@'.repeat(n),
  'h-'.repeat(n),
  'www.-'.repeat(n),
  'https://x)'.repeat(n),
  `${'a'.repeat(n)}@${'a'.repeat(n)}`,
  `${'a.'.repeat(n)}@`,
  'a@a.'.repeat(n),
  'a@_._'.repeat(n),
  'a@a.a@'.repeat(n),
  '@a.-'.repeat(n),
  'mailto:'.repeat(n),
  'mailto'.repeat(n),
  '\u{e0041}https://\u{e0041}'.repeat(n),
]

const bit = fc.constantFrom(
  ...['https://', 'http://', 'https:/', 'mailto:', 'mailto', 'www.', 'ww', 'h', 'w', 'm', 'a', '_', '-', '+'],
  ...[
    '.',
    '..',
    '@',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '…',
    '*',
    '|',
    '"',
    '<',
    ' ',
    '\n',
    'é',
    '😀',
    '\u202e',
    '\ud800',
  ],
)
const parts = fc.array(fc.tuple(fc.array(bit, { maxLength: 5 }), fc.integer({ min: 1, max: 60 })), {
  maxLength: 12,
})
const shaped = parts.map((all) => all.map(([bits, times]) => bits.join('').repeat(times)).join(''))

function assertLinear(text: string): void {
  const { pieces, visited } = scanLinks(text)
  assert.ok(visited <= 8 * text.length, `looked at ${visited} characters of ${text.length}`)
  assert.equal(pieces.map((piece) => piece.text).join(''), text)
  for (const { href, text: shown } of pieces) {
    assert.notEqual(shown, '')
    if (href !== undefined) assert.match(href, /^(?:https?:\/\/|mailto:)/)
  }
}

test('no text is looked at more than 8 times its length, and all of it is shown', () => {
  for (const text of hostile) assertLinear(text)
  fc.assert(fc.property(fc.oneof(shaped, fc.string({ unit: 'grapheme' })), assertLinear), { numRuns: 2_000 })
})

test('a text is looked through once, however often it is drawn', () => {
  const text = 'once: https://a.org/'
  const first = richText(text)
  assert.equal(richText(`${text}`), first)
  for (let other = 0; other < 1_000; other += 1) {
    richText(`${other}`)
    assert.equal(richText(text), first)
  }
})
