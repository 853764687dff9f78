/** What stands in the panel where there is no chat: nobody is signed in, or what keeps it away does not pass by itself. */
import { html, type TemplateResult } from 'lit'
import { isProblemCode, problemCodes } from '../../../server/protocol/problems.ts'
import { empty } from '../../frame.ts'
import type { Strings } from '../../locale/en.ts'
import type { Fault } from '../../state/state.ts'
import type { PanelHost } from '../host.ts'
import { icons } from '../icons.ts'
import { skeletonRows } from '../placeholder.ts'

/** `top` draws the bar over it. Nothing when there is a chat to show, or may be in a moment. */
export function unavailable(host: PanelHost, top: () => unknown): TemplateResult | undefined {
  const { session, connection, list } = host.chat.state
  const { status, fault } = connection
  const { words, isAuthHandled } = host
  const isOut = session.status === 'signed-out'
  if (!isOut && (list.loaded || !fault || (status !== 'failed' && isPassing(fault)))) return undefined
  if (isAuthHandled) return skeletonRows(words)
  return html`<div class="alone">${top()}${isOut ? signedOut(host) : failed(host, fault as Fault)}</div>`
}

function isPassing({ code }: Fault): boolean {
  if (code === 'site_disabled') return false
  return code === 'offline' || code === 'no_token' || (isProblemCode(code) && problemCodes[code].temporary)
}

function signedOut(host: PanelHost): TemplateResult {
  const { words, chat } = host
  // What a visitor is asked where guests may come is there when that is known.
  chat.guests.form ??= import('../guest/guest-form.ts').then(({ offer }) => offer(host)).catch(() => {})
  const out = () =>
    empty({
      icon: icons.chat,
      title: words.signedOut,
      hint: words.signedOutHint,
      action: { label: words.retry, run: () => chat.connect() },
    })
  return html`<slot name="signed-out">${chat.guests.render?.(out) ?? out()}</slot>`
}

function failed({ words, chat }: PanelHost, fault: Fault): TemplateResult {
  const isTrying = chat.state.connection.status === 'connecting'
  const again = () => {
    chat.connect()
    chat.wake()
  }
  const reload = { label: words.reload, run: () => location.reload() }
  const retry = { label: isTrying ? words.reconnecting : words.retry, run: again }
  return empty({
    icon: icons.cloud,
    title: words.connectionFailed,
    hint: whyOf(words, fault),
    // A token that was given once cannot be renewed.
    action: fault.code === 'token_expired' ? reload : retry,
  })
}

/** A token that the server does not take is nothing that a reader could mend by signing in. */
export function whyOf({ faults }: Strings, { code }: Fault): string {
  return faults[code === 'unauthorized' ? 'setup' : code]
}
