/** What is said about rooms and their people, in English: with the parts that say it, and not with the panel. */ import { pluralIn } from './plural.ts'

const plural = pluralIn('en')

export const enRooms = {
  actions: 'Conversation options',
  pin: 'Pin to the top',
  unpin: 'Unpin',
  mute: 'Mute',
  muteHours: (n: number, shown: string) =>
    plural(n, { one: `For ${shown} hour`, other: `For ${shown} hours` }),
  muteDay: 'Until tomorrow',
  muteForever: 'Until I turn it on again',
  unmute: 'Unmute',
  markUnread: 'Mark as unread',
  markUnreadFrom: 'Mark unread from here',
  markRead: 'Mark as read',
  archive: 'Archive',
  unarchive: 'Move out of the archive',
  leave: 'Leave group',
  leaveQuestion: (room: string) => `Leave “${room}”?`,
  leaveHint: 'You no longer see its messages. Somebody in it can add you again.',
  isPinned: 'Pinned',
  isMuted: 'Muted',
  isMarked: 'Marked as unread',
  show: 'Show',
  all: 'All',
  unread: 'Unread',
  mentions: 'Mentions',
  archived: 'Archived',
  noUnread: 'You have read everything',
  noMentions: 'Nobody has mentioned you',
  noArchived: 'Nothing is archived',
  noArchivedHint: 'What you archive waits here until somebody says something new.',
  refused: (why: string) => `That did not work. ${why}`,
  tooManyPinned: 'Too many conversations are pinned already.',
  profile: 'Profile',
  closeInfo: 'Back to the messages',
  closeProfile: 'Back to the group',
  settings: 'For you',
  lastSeen: (when: string) => `Last here: ${when}`,
  owner: 'Owner',
  searchMembers: 'Search members',
  noMembers: (query: string) => `Nobody here is called “${query}”`,
  said: {
    pinned: 'Pinned to the top',
    unpinned: 'Unpinned',
    muted: 'Muted',
    unmuted: 'No longer muted',
    markedUnread: 'Marked as unread',
    markedRead: 'Marked as read',
    archived: 'Archived',
    unarchived: 'Moved out of the archive',
    left: (room: string) => `You left “${room}”`,
  },
}

/** Words that a translation has beside those of the panel. */
export type RoomWords = typeof enRooms
