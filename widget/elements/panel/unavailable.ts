/** What stands in the panel where there is no chat: nobody is signed in, or the server refused the connection. */
import { html, type TemplateResult } from 'lit'
import type { PanelHost } from '../host.ts'
import { icons } from '../icons.ts'
import { empty, skeletonRows } from '../placeholder.ts'

/** `top` draws the bar over it. Nothing when there is a chat to show. */
export function unavailable(host: PanelHost, top: () => unknown): TemplateResult | undefined {
  const { session, connection, list } = host.chat.state
  if (session.status === 'signed-out') return signedOut(host, top)
  return connection.status === 'failed' && !list.loaded ? failed(host, top) : undefined
}

function signedOut({ words, chat, isAuthHandled }: PanelHost, top: () => unknown): TemplateResult {
  if (isAuthHandled) return skeletonRows(words)
  return html`<div class="alone">${top()}<slot name="signed-out">${empty({
    icon: icons.chat,
    title: words.signedOut,
    hint: words.signedOutHint,
    action: { label: words.retry, run: () => chat.connect() },
  })}</slot></div>`
}

function failed({ words, chat }: PanelHost, top: () => unknown): TemplateResult {
  const { fault } = chat.state.connection
  return html`<div class="alone">${top()}${empty({
    icon: icons.cloud,
    title: words.connectionFailed,
    hint: fault ? words.faults[fault.code] : words.connectionFailedHint,
    action: { label: words.retry, run: () => chat.connect() },
  })}</div>`
}
