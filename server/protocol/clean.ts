/**
 * What is shown beside others' words, such as a name, without what cannot be seen in it and could make it look like another's,
 * and without what it piles up or turns round, which would spoil the page around it.
 */

// Arabic and its like, and the scripts of India and around: they are written with joiners between letters.
const joined = [
  'Arab',
  'Syrc',
  'Nkoo',
  'Mong',
  'Deva',
  'Beng',
  'Guru',
  'Gujr',
  'Orya',
  'Taml',
  'Telu',
  'Knda',
  'Mlym',
]
  .concat(['Sinh', 'Khmr', 'Mymr', 'Tibt'])
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join('')
const tags = '\\u{e0061}-\\u{e007a}'
// What shows nothing by itself and is where it belongs: …
const kept = [
  `(?<=[${joined}])[\\u200c\\u200d](?=[${joined}])`,
  // … between the parts of an emoji,
  '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])\\u200d(?=\\p{Extended_Pictographic})',
  // … behind a character whose looks it chooses,
  '(?<=[^\\s\\p{Default_Ignorable_Code_Point}])\\p{Variation_Selector}',
  // … and in the flags of Scotland and its like.
  `(?<=\\u{1f3f4}[${tags}]*)[${tags}\\u{e007f}]`,
]
/** Bidirectional controls, zero-widths, fillers and tags. */
const unseen = new RegExp(`(${kept.join('|')})|\\p{Default_Ignorable_Code_Point}`, 'gu')
const mostMarks = 4
// A joiner between them piles them up no less.
const tooManyMarks = new RegExp(
  `(\\p{M}(?:[\\u200c\\u200d]?\\p{M}){${mostMarks - 1}})(?:[\\u200c\\u200d]?\\p{M})+`,
  'gu',
)

/** As one line. */
export const cleanLine = (text: string): string => cleaned(text).trim()

/** With its line ends. */
export const cleanLines = (text: string): string =>
  text
    .replace(/[\p{Zl}\p{Zp}]/gu, '\n')
    .split('\n')
    .map(cleaned)
    .join('\n')
    .trim()

const cleaned = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(unseen, '$1')
    .replace(tooManyMarks, '$1')
