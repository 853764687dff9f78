import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')

export type Block = { readonly language: string; readonly text: string }

export const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** The code blocks of a document, in their order, without their indentation. */
export function blocksOf(path: string): Block[] {
  return [...read(path).matchAll(/^( *)```(\w*)\n(.*?)^ *```$/gms)].map(
    ([, indent = '', language = '', text = '']) => ({
      language,
      text: text.replace(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  )
}

/** Those of one language. */
export function textsOf(path: string, language: string): string[] {
  return blocksOf(path).flatMap((block) => (block.language === language ? [block.text] : []))
}

/** The block of that language that has these words in it. */
export function textWith(path: string, language: string, words: string): string {
  const text = textsOf(path, language).find((one) => one.includes(words))
  if (text === undefined) throw new Error(`${path} has no ${language} block with ${words}`)
  return text
}

/** The anchors of a document's headings, as GitHub makes them. */
export function anchorsOf(path: string): string[] {
  const prose = read(path).replace(/^ *```.*?^ *```$/gms, '')
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- ]/gu, '')
      .replaceAll(' ', '-'),
  )
}
