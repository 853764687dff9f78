/** The address of a message: the page's own with `#chatter:room/message` at its end, as "Copy link" writes it. */

/** What opens it. */
export type Opener = {
  readonly singleRoom: boolean
  readonly roomId: string | null | undefined
  openRoom(roomId: string, at: { messageId?: string }): Promise<void>
}

/** Where the page was opened by such an address, its message is shown; not in an element that shows another room only. */
export function followLink(opener: Opener): void {
  const [, roomId, messageId] = /^#chatter:([\w-]+)\/([\w-]+)$/.exec(location.hash) ?? []
  if (!roomId || !messageId || (opener.singleRoom && opener.roomId !== roomId)) return
  void opener.openRoom(roomId, { messageId })
}
