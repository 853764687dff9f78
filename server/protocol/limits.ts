/**
 * The numbers both sides of the wire obey. Plain values: the widget imports this file, so nothing else may.
 * `ready` carries the ones a client needs as data, so that a server may change them without a new client.
 */
export const limits = {
  /** Bytes of one frame from a client, and of one HTTP body. Beyond: close 1009, or 413. */
  frameBytes: 65_536,
  /** Bytes of the first frame, `hello`. */
  helloBytes: 8_192,
  /** UTF-16 code units of a message's text (what JavaScript calls its length). */
  textChars: 8_000,
  /** UTF-16 code units of an answered message that the quote in its answer has. */
  quoteChars: 200,
  /** Pinned messages of a room. */
  pins: 50,
  /** Mentions in a message. */
  mentions: 50,
  /** Rooms at the top of one user's list. */
  pinnedRooms: 100,
  /** Different emoji among a message's reactions. */
  reactions: 20,
  /** Users whom a view names of those who reacted with one emoji. */
  reactors: 20,
  /** UTF-16 code units of a user's or a room's name. */
  nameChars: 200,
  /** UTF-16 code units of what a host says about a user. */
  aboutChars: 200,
  /** UTF-16 code units of what a group is for. */
  descriptionChars: 500,
  /** Characters of the address of a group's picture. */
  urlChars: 2_000,
  /** UTF-8 bytes, as JSON, of what a site keeps of its own with a room, a user or a message of its own. */
  dataBytes: 4_096,
  /** Objects and arrays within one another in it. */
  dataDepth: 10,
  /** UTF-16 code units of the title of a message of the site. */
  titleChars: 200,
  /** The same of what its link is called. */
  linkLabelChars: 100,
  /** Characters of what kind of message it is. */
  typeChars: 50,
  /** Seconds that slow mode makes a member wait at most. */
  slowMode: 21_600,
  /** Join links of a room that still open it. */
  links: 20,
  /** How often a join link may be used, where that is limited. */
  linkUses: 10_000,
  /** UTF-8 bytes of a user id. */
  userIdBytes: 128,
  /** Members of a group. */
  members: 10_000,
  /** Users whom one request names, to open a room with them: their ids, which may be long, fit into its body. */
  memberIds: 256,
  /** Most entries of a page, and how many come when a request does not say. */
  page: 200,
  pageDefault: 50,
  /** Bytes of a page's messages, or of a page of rooms, as JSON. Where they are long, a page has fewer than it may. */
  pageBytes: 524_288,
  listDefault: 20,
  /** Sockets of one user on one server. Beyond: close 4013, to come back after a minute. */
  sockets: 50,
  /** Rooms whose heads `ready` lists. */
  rooms: 1_000,
  /** Unread messages are counted up to here and shown as 99+. */
  unread: 100,
  /** Up to this many members, a room's reads, typing and presence go to everyone in it, and its view lists them. */
  crowd: 50,
  /** A client that lacks the changes of more messages than this loads the last page instead. */
  changes: 2_000,
} as const

/** The spans of time both sides obey, in milliseconds. */
export const spans = {
  /** How long a socket may stay silent before `hello`. */
  helloMs: 5_000,
  /** A client says `typing` at most this often; a server passes on no more. */
  typingEveryMs: 3_000,
  /** A client shows "typing" this long after the last sign. */
  typingShownMs: 5_000,
  /** Every socket is pinged this often, and sent the heads of the rooms that changed in between. */
  pingEveryMs: 25_000,
  /** A hole in a room's revs is waited for this long before the client asks for `changes`. */
  gapMs: 300,
} as const
