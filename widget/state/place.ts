/** Where a reader was in one tab: it survives a reload and the way to another page, and nothing else. */
export type Place = {
  readonly v: 1
  /** The panel of a launcher was open. */
  readonly isOpen: boolean
  /** The room that was read; absent where the list was. */
  readonly roomId?: string | undefined
  /** Which message stood where in its log, where that was not at its end. */
  readonly at?: PlaceInLog | undefined
}

/** The message, its number, and how far below the top of the log it stood, in pixels: above it where that is negative. */
export type PlaceInLog = { readonly messageId: string; readonly seq: number; readonly top: number }
