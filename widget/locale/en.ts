/**
 * Every word the widget says, in English. Its type is the list a translation must fill, and `strings` may override.
 * What counts gets the number, to choose its words by, and the same in the reader's digits, to show. Days, times, lists
 * and units are the browser's to say.
 */
import type { SettingChange } from '../state/system-message.ts'
import type { RoomWords } from './en-rooms.ts'
import { launcherWords } from './launcher.ts'
import { pluralIn } from './plural.ts'

const plural = pluralIn('en')

export const en = {
  /** The language of these words, for lists of names inside them. */
  language: 'en',

  ...launcherWords,
  back: 'Back to conversations',

  // Room list
  rooms: 'Conversations',
  newRoom: 'New conversation',
  openRooms: 'Groups to join',
  filterRooms: 'Search conversations',
  notes: 'Notes to yourself',
  roomInfo: 'About this conversation',
  youSaid: (text: string) => `You: ${text}`,
  someoneSaid: (name: string, text: string) => `${name}: ${text}`,
  draft: 'Draft:',
  deleted: 'This message was deleted',
  earlier: 'An earlier message',
  sinceJoined: 'You see what came after you joined',
  noMessagesYet: 'No messages yet',
  mentioned: 'You were mentioned',
  unread: (_n: number, shown: string) => `${shown} unread`,
  andMore: (_n: number, shown: string) => `${shown} more`,
  members: (n: number, shown: string) => plural(n, { one: `${shown} person`, other: `${shown} people` }),
  online: 'Online',
  doNotDisturb: 'Do not disturb',

  // Timeline
  messagesIn: (room: string) => `Messages in ${room}`,
  newMessages: 'New messages',
  jumpToLatest: 'Jump to the latest message',
  jumpToNew: (_n: number, shown: string) => `${shown} new, jump to them`,
  countNew: (_n: number, shown: string) => `${shown} new`,
  you: 'You',
  sending: 'Sending',
  waiting: 'Waiting for the connection',
  slowed: 'Waiting its turn',
  delayed: 'The server is busy: sent in a moment',
  sent: 'Sent',
  seen: 'Seen',
  failed: 'Not sent',
  unconfirmed: 'Not confirmed yet',
  edited: 'edited',
  edit: 'Edit',
  discard: 'Delete',
  undo: 'Undo',
  messageActions: 'Message actions',
  react: 'React',
  reactWith: (emoji: string) => `React with ${emoji}`,
  reactions: 'Reactions',
  notReacted: (why: string) => `Your reaction was not kept. ${why}`,
  more: 'More',
  reply: 'Reply',
  forward: 'Forward',
  forwardTo: 'Forward to…',
  pin: 'Pin',
  unpin: 'Unpin',
  pinned: 'Pinned message',
  pinnedMessages: 'Pinned messages',
  pinnedCount: (_n: number, shown: string) => `Pinned messages: ${shown}`,
  closeList: 'Close',
  notPinned: (why: string) => `Not pinned. ${why}`,
  tooManyPins: 'Too many messages are pinned already.',
  tooManyReactions: 'Too many different reactions are there already.',
  forwardedFrom: (name: string) => `Forwarded from ${name}`,
  copyText: 'Copy text',
  copyLink: 'Copy link',
  copyCode: 'Copy code',
  copied: 'Copied',
  deleteKey: 'Del',
  deleteQuestion: 'Delete this message?',
  deleteHint: 'Others will see that a message was deleted.',
  editing: 'Edit message',
  save: 'Save',
  replyingTo: (name: string) => `Reply to ${name}`,
  replyingToYou: 'Reply to yourself',
  inReplyTo: (name: string, text: string) => `in reply to ${name}: ${text}`,
  jumpBack: 'Back to the answer',
  tooOld: 'It is too old to be changed.',
  gone: 'The message was deleted.',
  notMentioned: 'Somebody it mentions cannot be mentioned here.',
  sendUnmentioned: 'Send without the mention',
  notEdited: (why: string) => `Not changed. ${why}`,
  notDeleted: (why: string) => `Not deleted. ${why}`,
  seenBy: (names: string) => `Seen by ${names}`,
  seenByNobody: 'Nobody has seen this yet',
  typing: (names: string) => `${names} is typing…`,
  typingBoth: (names: string) => `${names} are typing…`,
  typingMany: 'Several people are typing…',
  loadingOlder: 'Loading earlier messages',

  /** What happened to a room: who did it, and to whom. An absent name is the reader's. */
  system: {
    renamed: (who?: string, name?: string) =>
      name ? `${who ?? 'You'} named the group “${name}”` : `${who ?? 'You'} took the group’s name away`,
    described: (who?: string) => `${who ?? 'You'} changed what the group is for`,
    added: (who?: string, whom?: string) => `${who ?? 'You'} added ${whom ?? 'you'}`,
    removed: (who?: string, whom?: string) => `${who ?? 'You'} removed ${whom ?? 'you'}`,
    left: (who?: string) => `${who ?? 'You'} left`,
    promoted: (who?: string, whom?: string) => `${who ?? 'You'} made ${whom ?? 'you'} an owner`,
    demoted: (who?: string, whom?: string) => `${who ?? 'You'} made ${whom ?? 'you'} a member`,
    steppedDown: (who?: string) => `${who ?? 'You'} stopped being an owner`,
    joined: (who?: string) => `${who ?? 'You'} joined`,
    configured: (who: string | undefined, what: SettingChange) =>
      `${who ?? 'You'} ${
        {
          owners: 'let only owners write',
          all: 'let everybody write',
          slow: 'turned slow mode on',
          fast: 'turned slow mode off',
          'since-joined': 'hid earlier messages from new members',
          'from-start': 'showed earlier messages to new members',
        }[what]
      }`,
  },

  // Composer
  message: 'Message',
  messageTo: (room: string) => `Message ${room}`,
  send: 'Send',
  mentionSomebody: 'Mention somebody',
  /** What is written for everybody in a group, after an @. */
  everybody: 'room',
  everybodyHint: 'Everybody in the group',
  addToGroup: (name: string) => `Add ${name} to the group`,
  notAdded: (why: string) => `Not added. ${why}`,
  noFiles: 'Files cannot be sent here.',
  charactersLeft: (_n: number, shown: string) => `${shown} left`,
  charactersOver: (n: number, shown: string) =>
    plural(n, { one: `${shown} character too long`, other: `${shown} characters too long` }),

  // Picking people
  searchPeople: 'Search people',
  people: 'People',
  remove: (name: string) => `Remove ${name}`,
  nameYou: (name: string) => `${name} (you)`,
  erased: 'Deleted user',
  guest: (name: string) => `${name} (guest)`,
  groupName: 'Group name (optional)',
  startDirect: (name: string) => `Message ${name}`,
  startGroup: 'Create group',
  startNotes: 'Open your notes',
  cancel: 'Cancel',

  // Choosing an emoji
  emoji: 'Emoji',
  searchEmoji: 'Search emoji',
  recentEmoji: 'Recent',
  skinTone: 'Skin tone',
  noEmoji: (query: string) => `No emoji found for “${query}”`,

  // When there is nothing to see
  pickRoom: 'Your conversations',
  pickRoomHint: 'Choose one to read it.',
  noRooms: 'No conversations yet',
  noRoomsHint: 'Start one: everybody you can reach is a search away.',
  noRoomFound: (query: string) => `No conversations found for “${query}”`,
  noRoomFoundHint: 'Try a shorter name, or start a new conversation.',
  noPeople: (query: string) => `No people found for “${query}”`,
  morePeople: 'Many people have to be looked through for this. Type more of the name, or look further.',
  lookFurther: 'Look further',
  emptyRoom: 'Say hello',
  emptyRoomHint: (room: string) => `Your first message to ${room} starts the conversation.`,
  emptyNotes: 'A place of your own',
  emptyNotesHint: 'Write down links, thoughts and reminders. Only you can see them.',
  noAccess: 'This conversation is not here',
  noAccessHint: 'It was deleted, or you are not a member of it.',
  noPerson: 'This person cannot be reached',
  allRooms: 'Show all conversations',
  signedOut: 'You are signed out',
  signedOutHint: 'Sign in to the site to chat.',
  notConnected: (why: string) => `Chat is not available right now. ${why}`,
  notLoaded: 'This could not be loaded',
  notLoadedBecause: (why: string) => `This could not be loaded. ${why}`,
  offline: 'No connection. Messages are sent when it is back.',
  reconnecting: 'Connecting…',
  backOnline: 'Connected again',

  // Why something did not work
  faults: {
    bad_request: 'Something was wrong with the request.',
    unauthorized: 'You are not signed in.',
    token_expired: 'Your sign-in has expired.',
    forbidden: 'You are not allowed to do that.',
    not_found: 'It is not there any more.',
    conflict: 'Something else has the same name.',
    too_large: 'It is too long.',
    rate_limited: 'That was a lot at once. Wait a moment.',
    unsupported: 'This server cannot do that.',
    overloaded: 'The server is busy. Try again in a moment.',
    site_disabled: 'It is paused on this site.',
    internal: 'The server had a problem.',
    offline: launcherWords.noConnection,
    no_token: 'Your sign-in could not be checked.',
    setup: 'It is not set up correctly on this site.',
  },

  // Said to screen readers only
  announce: {
    undoable: 'Sent in a few seconds. Arrow up undoes it.',
    pinned: 'Message pinned',
    unpinned: 'Message unpinned',
    pin: (name: string, text: string) => `${name} pinned: ${text}`,
    reacted: (emoji: string) => `Reacted with ${emoji}`,
    reaction: (name: string, emoji: string, text: string) => `${name} reacted with ${emoji} to: ${text}`,
    mention: (name: string, text: string) => `${name} mentioned you: ${text}`,
    reply: (name: string, text: string) => `${name} replied to you: ${text}`,
    deleted: 'Message deleted',
    edited: 'Message changed',
    message: (name: string, text: string) => `${name}: ${text}`,
    messages: (n: number, shown: string, room: string) =>
      plural(n, { one: `${shown} new message in ${room}`, other: `${shown} new messages in ${room}` }),
    failed: (text: string) => `Not sent: ${text}`,
  },
  showMore: 'Show more',
  showLess: 'Show less',
}

export type Strings = typeof en & {
  /** About rooms and their people. English ones come with the parts that say them. */
  readonly room?: RoomWords
}

/** What the `strings` property takes: any of them. */
export type StringOverrides = {
  readonly [K in keyof Strings]?: Strings[K] extends (...args: never) => unknown
    ? Strings[K]
    : Strings[K] extends object
      ? Partial<Strings[K]>
      : Strings[K]
} & { readonly room?: Partial<RoomWords> }

/** A page's own words over those of a language. */
export function worded(
  words: Strings,
  { faults, announce, system, room, ...rest }: StringOverrides,
): Strings {
  return {
    ...words,
    ...rest,
    faults: { ...words.faults, ...faults },
    announce: { ...words.announce, ...announce },
    system: { ...words.system, ...system },
    // Of English there are none yet: what is missing comes with the part that says it.
    ...(room && { room: { ...words.room, ...room } as RoomWords }),
  }
}
