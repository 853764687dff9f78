/**
 * The text of a message, as it is drawn. What is written is only ever a text binding.
 *
 * @csspart link - A link in the text of a message.
 * @csspart code - Code within a line.
 * @csspart code-block - Lines of code.
 * @csspart quote-block - Lines that are quoted.
 */
import { html, type TemplateResult } from 'lit'
import type { Block } from './formatting.ts'
import type { Inline, Mark } from './inline-formatting.ts'

/** `tab` is the tabindex of what can be reached in it. Blanks count: the text is shown as it was typed. */
export function formattedText(blocks: readonly Block[], tab: 0 | -1): unknown {
  const [only] = blocks
  if (blocks.length === 1 && only?.kind === 'text') return inlines(only.inlines, tab)
  return blocks.map((block) => blockOf(block, tab))
}

function blockOf(block: Block, tab: number): TemplateResult {
  if (block.kind === 'code')
    return html`<pre part="code-block" class="code-block" dir="ltr" translate="no" tabindex=${tab}><code>${block.text}</code></pre>`
  if (block.kind === 'quote')
    return html`<blockquote part="quote-block" class="quote-block">${inlines(block.inlines, tab)}</blockquote>`
  if (block.kind === 'text') return html`<div class="block">${inlines(block.inlines, tab)}</div>`
  const items = block.items.map(({ value, inlines: own }) =>
    value === undefined
      ? html`<li>${inlines(own, tab)}</li>`
      : html`<li value=${value}>${inlines(own, tab)}</li>`,
  )
  return block.isNumbered ? html`<ol class="list">${items}</ol>` : html`<ul class="list">${items}</ul>`
}

const shown: { readonly [M in Mark]: (inner: unknown) => TemplateResult } = {
  strong: (inner) => html`<strong>${inner}</strong>`,
  em: (inner) => html`<em>${inner}</em>`,
  s: (inner) => html`<s>${inner}</s>`,
  code: (inner) => html`<code part="code" class="code" dir="auto" translate="no">${inner}</code>`,
}

function inlines(all: readonly Inline[], tab: number): unknown {
  return all.map(({ text, href, marks }) => {
    const plain =
      href === undefined
        ? text
        : html`<a part="link" href=${href} target="_blank" rel="noopener noreferrer nofollow ugc" tabindex=${tab}>${text}</a>`
    return marks.reduceRight<unknown>((inner, mark) => shown[mark](inner), plain)
  })
}
