import type { MessageView } from '../server/protocol/views.ts'

/** Where a message is drawn. */
export type MessageContext = {
  /** Of the widget's words, times and numbers: a BCP 47 tag. */
  readonly language: string
}

/**
 * Draws what stands in the bubble of a message of the site: a node, a template of Lit, or a text, which is shown as it is. Nothing:
 * the widget draws it as it draws any. It is called again when the site has changed the message.
 */
export type MessageRenderer = (message: MessageView, context: MessageContext) => unknown

/** By the `type` of a message. */
export type MessageRenderers = { readonly [type: string]: MessageRenderer }
