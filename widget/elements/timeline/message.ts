/**
 * One message as it stands in the log: who, what, when, and how far it got.
 *
 * @csspart message - A message, from edge to edge.
 * @csspart own - With `message`: mine.
 * @csspart other - With `message`: somebody else's.
 * @csspart system - With `message`: nobody's.
 * @csspart site - With `message`: the site's own.
 * @csspart first - With `message`: the first of its group.
 * @csspart last - With `message`: the last of its group.
 * @csspart pending - With `message`: not with the server yet.
 * @csspart failed - With `message`: not sent.
 * @csspart deleted - With `message`: deleted.
 * @csspart reacted - With `message`: somebody reacted to it.
 * @csspart sought - With `message`: somebody went to it, two seconds ago at most.
 * @csspart avatar - The picture of its author.
 * @csspart author - The name of its author.
 * @csspart bubble - The box around its text.
 * @csspart text - Its text.
 * @csspart quote - Above it, what it answers.
 * @csspart quote-author - Who wrote that.
 * @csspart quote-text - What that says.
 * @csspart forwarded - Above it, who said it first.
 * @csspart time - When it was sent.
 * @csspart edited - Says that it was edited.
 * @csspart status - How far it got.
 * @csspart seen-by - Who has seen it.
 * @csspart message-actions - What can be done with it.
 * @csspart message-action - One of these.
 * @csspart undo-button - Under what is not sent yet: takes it back into the text field.
 */
import { html, nothing, type TemplateResult } from 'lit'
import { keyed } from 'lit/directives/keyed.js'
import type { Chat } from '../../chat.ts'
import type { Strings } from '../../locale/en.ts'
import type { MessageRenderers } from '../../message-renderers.ts'
import type { Mention } from '../../state/mentions.ts'
import type { Seen } from '../../state/people.ts'
import { isMentionRefused, mentionsLeft } from '../../state/refused-mentions.ts'
import type { Fault } from '../../state/state.ts'
import type { MessageRow } from '../../state/timeline.ts'
import { avatar } from '../avatar.ts'
import type { Format } from '../format.ts'
import { icons } from '../icons.ts'
import { isolated } from '../isolated.ts'
import type { DrawnByPage } from './drawn-by-page.ts'
import { formattedText } from './formatted-text.ts'
import { isLong, unfoldButton } from './long-text.ts'
import { reactions } from './reactions.ts'
import { isGone, refusalOf } from './refusal.ts'
import { plainText, richText } from './rich-text.ts'
import { siteParts, spokenParts } from './site-message.ts'
import { systemText } from './system-text.ts'

export type MessageLook = {
  readonly format: Format
  /** Names and pictures stand beside messages where there are more than two people. */
  readonly isGroup: boolean
  /** Where the arrow keys stand: the log is one tab stop. */
  readonly isCurrent: boolean
  /** Its links and buttons can be reached with Tab. */
  readonly isEntered: boolean
  /** Shows the full time and who has seen it. */
  readonly isDetailed: boolean
  readonly readers: readonly Seen[] | undefined
  /** The place where it stands who has seen what I wrote last is under it. */
  readonly seenBy: readonly Seen[] | undefined
  /** There is a connection: what still is queued waits for something else. */
  readonly isConnected: boolean
  /** What the page draws of messages of the site, by their type. */
  readonly renderers: MessageRenderers | undefined
  /** Undefined until it is loaded. */
  readonly drawnByPage: DrawnByPage | undefined
  /** What its buttons ask for. */
  readonly chat: Chat
  /** Before an action takes the message away: another one gets the focus. */
  readonly leave: () => void
  /** Takes its text back to where messages are written. */
  readonly edit: () => void
  readonly react: (emoji: string, on: boolean) => void
  /** To the message that it answers. */
  readonly toAnswered: () => void
}

export function message(row: MessageRow, look: MessageLook): TemplateResult {
  const { format, isCurrent } = look
  const kinds = kindsOf(row)
  const body =
    row.kind === 'system'
      ? systemRow(row, look)
      : html`
    ${row.mine || !row.last || !look.isGroup || isOfSite(row) ? nothing : avatar(row.author)}
    <div class="body">
      ${row.mine || !row.first || !(look.isGroup || isOfSite(row)) ? nothing : html`<div part="author"><bdi>${look.format.name(row.author)}</bdi></div>`}
      ${quote(row, look)}
      <div class="line">
        <div part="bubble" class=${isLong(row.text) ? 'folded' : ''} title=${format.full(row.at)}>${forwarded(row, look)}${keyed(row.text, text(row, look))}</div>
        ${meta(row, look)}
      </div>
      ${unfoldButton(row.text, format.words, look.isEntered ? 0 : -1)}
      ${row.reactions && reactions(row, { ...look, me: look.chat.state.me })}
      ${failure(row, look)} ${seen(look)}
    </div>`
  return html`<article
    part="message ${kinds}"
    class="message ${kinds}"
    data-key=${row.key}
    tabindex=${isCurrent ? 0 : -1}
    aria-label=${labelOf(row, look)}
  >${body}</article>`
}

/** No user wrote it: there is no picture, and between two people it says whose it is. */
const isOfSite = ({ message }: MessageRow): boolean => message?.authorId === ''

/** Author, text, time and state, as one sentence for screen readers. */
function labelOf(row: MessageRow, look: MessageLook): string {
  const { format } = look
  const { words } = format
  if (row.kind === 'system') return `${systemText(row, words)}, ${format.time(row.at)}`
  const { site } = row.message ?? {}
  const said = row.deleted ? words.deleted : plainText(site ? spokenParts(site) : row.text)
  const state = row.mine && !row.deleted && stateOf(row, look)
  const who = row.mine ? words.you : format.name(row.author)
  const about = row.replyHidden
    ? words.earlier
    : row.replyTo?.seq && words.inReplyTo(nameIn(row, look), quotedIn(row, look))
  const reacted = row.reactions?.map(({ emoji, count }) => `${emoji} ${format.number(count)}`).join(' ')
  const from = row.forwarded && !row.deleted && words.forwardedFrom(format.name(row.forwarded))
  return [who, about, from, said, format.time(row.at), row.edited && words.edited, state, reacted]
    .filter(Boolean)
    .join(', ')
}

/** Who wrote what is answered. */
function nameIn({ answered }: MessageRow, { chat, format }: MessageLook): string {
  return !answered ? '' : answered.id === chat.state.me ? format.words.you : format.name(answered)
}

/** Who said it first. */
function forwarded(row: MessageRow, look: MessageLook): unknown {
  const { forwarded: author, deleted } = row
  if (!author || deleted) return nothing
  return html`<div part="forwarded" class="forwarded" dir="auto">${isolated((as) => look.format.words.forwardedFrom(as(look.format.name(author))))}</div>`
}

function quotedIn({ replyTo }: MessageRow, { format }: MessageLook): string {
  return replyTo?.deleted ? format.words.deleted : plainText(replyTo?.text ?? '')
}

/** What it answers, and the way there. */
function quote(row: MessageRow, look: MessageLook): unknown {
  if (row.replyHidden)
    return html`<div part="quote" class="quote"><span part="quote-text" dir="auto">${look.format.words.earlier}</span></div>`
  // What only the server knows comes with its answer.
  if (!row.replyTo?.seq) return nothing
  return html`<button part="quote" class="quote" type="button" tabindex=${look.isEntered ? 0 : -1} @click=${look.toAnswered}>
    <bdi part="quote-author">${nameIn(row, look)}</bdi> <span part="quote-text" dir="auto">${quotedIn(row, look)}</span>
  </button>`
}

const labels = {
  queued: 'waiting',
  sending: 'sending',
  unconfirmed: 'unconfirmed',
  failed: 'failed',
  sent: 'sent',
  seen: 'seen',
} as const

/** How far it got, in words. */
function stateOf({ status, fault }: MessageRow, { format, isConnected }: MessageLook): string {
  const { words } = format
  if (status !== 'queued' || !isConnected) return words[labels[status]]
  if (!fault) return words.sending
  return fault.code === 'rate_limited' ? words.slowed : words.delayed
}

const marks = {
  queued: icons.clock,
  sending: icons.clock,
  unconfirmed: icons.clock,
  failed: icons.alert,
  sent: icons.check,
  seen: icons.checks,
} as const

function kindsOf(row: MessageRow): string {
  if (row.kind === 'system') return 'system'
  const kinds = [row.mine ? 'own' : 'other']
  if (isOfSite(row)) kinds.push('site')
  if (row.first) kinds.push('first')
  if (row.last) kinds.push('last')
  if (row.deleted) kinds.push('deleted')
  if (row.reactions?.length) kinds.push('reacted')
  if (row.status === 'failed') kinds.push('failed')
  else if (isPending(row)) kinds.push('pending')
  return kinds.join(' ')
}

function isPending({ status }: MessageRow): boolean {
  return status !== 'sent' && status !== 'seen'
}

/** The time of what happened is asked for as that of any message (rule M24). */
function systemRow(row: MessageRow, { format, isDetailed }: MessageLook): TemplateResult {
  const full = format.full(row.at)
  return html`<div part="text" class="text" dir="auto" title=${full}>${isolated((as) => systemText(row, format.words, as))}</div>
    <time part="time" class=${isDetailed ? '' : 'unseen'} datetime=${row.at}>${full}</time>`
}

function text(row: MessageRow, look: MessageLook): unknown {
  const { format, isEntered, chat } = look
  const place = metaPlace(row, look) ?? nothing
  if (row.deleted)
    return html`<div part="text" class="text deleted" data-meta=${place}>${format.words.deleted}</div>`
  const { message } = row
  if (message?.site)
    return (
      look.drawnByPage?.draw(message, look.renderers, format.lang) ??
      siteParts(message.site, isEntered ? 0 : -1)
    )
  const { blocks, isEmojiOnly } = richText(row.text, row)
  const { me, users } = chat.state
  const who = ({ userId }: Mention) => ({
    name: userId === undefined ? undefined : users.get(userId)?.name,
    isMe: userId === undefined ? !row.mine : userId === me,
  })
  const size = isEmojiOnly ? 'emoji' : ''
  return html`<div part="text" class="text ${size}" dir="auto" data-meta=${place}>${formattedText(blocks, { tab: isEntered ? 0 : -1, who })}</div>`
}

function isMetaShown(row: MessageRow, { isDetailed }: MessageLook): boolean {
  return !!(row.last || isDetailed || isPending(row) || row.edited)
}

function isMetaBelow(row: MessageRow, { isDetailed, isConnected }: MessageLook): boolean {
  return !!(isDetailed || (row.fault && (row.status === 'failed' || isConnected)))
}

/** As wide as what `meta` says: in narrow panes so much room is left for it where the text ends (message.styles.ts). */
function metaPlace(row: MessageRow, look: MessageLook): string | undefined {
  if (!isMetaShown(row, look) || isMetaBelow(row, look) || (!row.deleted && isLong(row.text)))
    return undefined
  const { format } = look
  // For the sign of how far it got.
  const sign = row.mine && !row.deleted && '\u2003'
  return [format.time(row.at), row.edited && format.words.edited, sign].filter(Boolean).join(' ')
}

/**
 * Beside the last message of a group, and wherever something is not as it should be; beside the others while somebody
 * points at them. What is more than a time stands below. In narrow panes it stands where the text ends, beside the last
 * and wherever something is not as it should be.
 */
function meta(row: MessageRow, look: MessageLook): TemplateResult {
  const { format, isDetailed } = look
  const { words } = format
  const isSaid = isMetaBelow(row, look)
  const isShown = isMetaShown(row, look)
  const label = stateOf(row, look)
  return html`<div translate="no" class="meta ${isShown ? '' : 'hidden'} ${isSaid ? 'below' : ''}">
    <time part="time" datetime=${row.at}>${isDetailed ? format.full(row.at) : format.time(row.at)}</time>
    ${row.edited ? html`<span part="edited" title=${format.full(row.edited)}>${words.edited}${isDetailed ? html` <time datetime=${row.edited}>${format.time(row.edited)}</time>` : nothing}</span>` : nothing}
    ${
      row.mine && !row.deleted
        ? html`<span part="status" class="status ${row.status}" role="img" aria-label=${label} title=${label}
            >${marks[row.status]}${isSaid ? html`<span>${label}</span>` : nothing}</span>`
        : nothing
    }
  </div>`
}

/** Of what the server refuses for these reasons it takes no second try, but another text. */
const mendable = ['bad_request', 'too_large', 'conflict']

function failure(row: MessageRow, { format, chat, leave, edit, isEntered }: MessageLook): unknown {
  const tab = isEntered ? 0 : -1
  if (row.undoable)
    return html`<div part="message-actions" class="actions"><button part="undo-button button" type="button" tabindex=${tab} @click=${edit}>${format.words.undo}</button></div>`
  if (row.status !== 'failed') return nothing
  const id = row.change ?? row.key
  const discard = () => {
    if (!row.change) leave()
    chat.discard(id)
  }
  const { words } = format
  // What somebody else said is not mine to mend.
  const isMentions = isMentionRefused(row)
  const isMendable = !row.forwarded && !isMentions && mendable.includes(row.fault?.code ?? '')
  const again = () => {
    const { state } = chat
    chat.retry(id, isMentions ? mentionsLeft(state, state.active?.roomId ?? '', row) : undefined)
  }
  const retry = isMentions ? words.sendUnmentioned : words.retry
  const [label, run] = isMendable ? [words.edit, edit] : [retry, again]
  return html`<div part="message-actions" class="actions">
    ${row.fault ? html`<span class="why">${whyOf(row, row.fault, words)}</span>` : nothing}
    <button part="message-action button" type="button" tabindex=${tab} @click=${run}>${label}</button>
    <button part="message-action button" type="button" tabindex=${tab} @click=${discard}>${row.change ? words.cancel : words.discard}</button>
  </div>`
}

function whyOf(row: MessageRow, fault: Fault, words: Strings): string {
  if (isMentionRefused(row)) return words.notMentioned
  return row.change || (row.replyTo && isGone(fault))
    ? refusalOf(fault, words, 'edit')
    : words.faults[fault.code]
}

/** So many pictures, and so many names, before the others are counted. */
const faces = 3
const named = 2

/** Who has seen it: names under the newest that was seen, with times where somebody asked. */
function seen({ format, isDetailed, readers, seenBy }: MessageLook): unknown {
  const { words } = format
  if (isDetailed && readers)
    return html`<div part="seen-by" class="seen-by list" translate="no">${
      readers.length === 0
        ? words.seenByNobody
        : html`<ul aria-label=${words.seen}>${readers.map(
            ({ user, at }) =>
              html`<li data-user=${user.id}>${avatar(user)}<bdi>${format.name(user)}</bdi>${at ? html`<time datetime=${at}>${format.ago(at)}</time>` : nothing}</li>`,
          )}</ul>`
    }</div>`
  // Of two people the mark says it.
  if (!seenBy) return nothing
  if (seenBy.length === 0) return html`<div class="seen-place"></div>`
  const shown = seenBy.slice(0, named).map(({ user }) => format.name(user))
  const more = seenBy.length - shown.length
  const others = more > 0 ? [words.andMore(more, format.number(more))] : []
  const ids = JSON.stringify(seenBy.slice(0, faces).map(({ user }) => user.id))
  return html`<div part="seen-by" class="seen-place seen-by" data-users=${ids} translate="no">
    <span class="faces">${seenBy.slice(0, faces).map(({ user }) => avatar(user))}</span>
    <span dir="auto">${isolated((as) => words.seenBy(format.names([...shown.map(as), ...others])))}</span>
  </div>`
}
