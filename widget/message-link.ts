/**
 * Addresses that lead into the chat: the page's own with `#chatter:…` at its end, where the element has the attribute
 * `deep-links`. A page that does not ask for it keeps all of its address to itself.
 */

/** What opens it. */
export type Opener = {
  readonly singleRoom: boolean
  readonly roomId: string | null | undefined
  /** The page lets its address lead into the chat. */
  readonly deepLinks?: boolean | undefined
  openRoom(roomId: string, at: { messageId?: string }): Promise<void>
}

const link = /^#chatter:(?:join\/([\w-]+)|([\da-f-]{36})(?:\/([\da-f-]{36}))?)$/i

type Linked = { readonly code?: string; readonly roomId?: string; readonly messageId?: string }

/** Where the page's address leads: to an invitation by its code, or to a room and one of its messages. */
function linked(opener: Opener): Linked {
  const [, code, roomId, messageId] = (opener.deepLinks && link.exec(location.hash)) || []
  return { ...(code && { code }), ...(roomId && { roomId }), ...(messageId && { messageId }) }
}

/** The code of the invitation that the page was opened by. */
export function invitationAt(opener: Opener): string | undefined {
  return linked(opener).code
}

/** Whether the address leads to a room that this element shows. */
export function isLinked(opener: Opener): boolean {
  const { roomId } = linked(opener)
  return !!roomId && !(opener.singleRoom && opener.roomId !== roomId)
}

/**
 * Where the page was opened by such an address, its room is shown, at its message; not in an element that shows another room
 * only. Says whether that is so.
 */
export function followLink(opener: Opener): boolean {
  const { roomId, messageId } = linked(opener)
  if (!roomId || !isLinked(opener)) return false
  void opener.openRoom(roomId, { ...(messageId && { messageId }) })
  return true
}

/** The address of this page at a message, as "Copy link" writes it. */
export function linkTo(roomId: string, messageId: string): string {
  const url = new URL(location.href)
  url.hash = `chatter:${roomId}/${messageId}`
  return url.href
}
