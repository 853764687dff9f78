/**
 * The text of a message, as it is drawn. What is written is only ever a text binding.
 *
 * @csspart link - A link in the text of a message.
 * @csspart code - Code within a line.
 * @csspart code-block - Lines of code.
 * @csspart quote-block - Lines that are quoted.
 * @csspart mention - Somebody who is mentioned.
 * @csspart mention-me - With `mention`: it is the reader, or everybody.
 */
import { html, type TemplateResult } from 'lit'
import type { Mention } from '../../state/mentions.ts'
import type { Block } from './formatting.ts'
import type { Inline, Mark } from './inline-formatting.ts'

/** Who is mentioned, as the reader knows them: by no name, as it was typed. */
type Who = (mention: Mention) => { readonly name: string | undefined; readonly isMe: boolean }

type Look = {
  /** The tabindex of what can be reached in it. */
  readonly tab: 0 | -1
  readonly who: Who
}

/** Blanks count: the text is shown as it was typed. */
export function formattedText(blocks: readonly Block[], look: Look): unknown {
  const [only] = blocks
  if (blocks.length === 1 && only?.kind === 'text') return inlines(only.inlines, look)
  return blocks.map((block) => blockOf(block, look))
}

function blockOf(block: Block, look: Look): TemplateResult {
  if (block.kind === 'code')
    return html`<pre part="code-block" class="code-block" dir="ltr" translate="no" tabindex=${look.tab}><code>${block.text}</code></pre>`
  if (block.kind === 'quote')
    return html`<blockquote part="quote-block" class="quote-block">${inlines(block.inlines, look)}</blockquote>`
  if (block.kind === 'text') return html`<div class="block">${inlines(block.inlines, look)}</div>`
  const items = block.items.map(({ value, inlines: own }) =>
    value === undefined
      ? html`<li>${inlines(own, look)}</li>`
      : html`<li value=${value}>${inlines(own, look)}</li>`,
  )
  return block.isNumbered ? html`<ol class="list">${items}</ol>` : html`<ul class="list">${items}</ul>`
}

const shown: { readonly [M in Mark]: (inner: unknown) => TemplateResult } = {
  strong: (inner) => html`<strong>${inner}</strong>`,
  em: (inner) => html`<em>${inner}</em>`,
  s: (inner) => html`<s>${inner}</s>`,
  code: (inner) => html`<code part="code" class="code" dir="auto" translate="no">${inner}</code>`,
}

function inlines(all: readonly Inline[], look: Look): unknown {
  return all.map(({ text, href, marks, mention }) => {
    const plain = mention
      ? chip(text, look.who(mention))
      : href === undefined
        ? text
        : html`<a part="link" href=${href} target="_blank" rel="noopener noreferrer nofollow ugc" tabindex=${look.tab}>${text}</a>`
    return marks.reduceRight<unknown>((inner, mark) => shown[mark](inner), plain)
  })
}

const characters = new Intl.Segmenter()

function chip(typed: string, { name, isMe }: ReturnType<Who>): TemplateResult {
  const me = isMe ? 'mention-me' : ''
  const text = name === undefined ? typed : `@${name}`
  // Before an emoji, or where each letter is a word, the line would break after the @.
  const start = 1 + (characters.segment(text.slice(1)).containing(0)?.segment.length ?? 0)
  return html`<bdi part="mention ${me}" class="mention ${me}"><span class="mention-start">${text.slice(0, start)}</span>${text.slice(start)}</bdi>`
}
