/** What may be odd, and what becomes of it. */
export const oddities = {
  usersWithoutId: 'users without an id that Chatter can use, left out',
  usersGone: 'memberships of users who are gone, left out',
  roomsOfNobody: 'rooms without members, left out',
  roomsTwice: 'empty rooms of people who have another one, left out',
  roomsAsGroups: 'more rooms of the same people, kept as groups',
  roomsDeleted: 'rooms that were deleted in Chatter since, left so',
  membersElsewhere: 'memberships that the room in Chatter does not have, left so',
  marksKept: 'rooms in which something happened in Chatter since, their read marks left so',
  messagesLeft: 'messages of rooms that were left out',
  messagesOfNoRoom: 'messages of rooms that are gone, left out',
  messagesEmpty: 'messages without anything to read, left out',
  messagesSplit: 'messages too long for one, split',
  sendersGone: 'messages of users who are gone, kept, as by a deleted user',
  sendersElsewhere: 'messages by people who are not in the room, kept',
  timesMissing: 'messages without a time, kept, at that of the one before',
  timesAhead: 'messages from the future, kept, as of now',
  noRecipients: 'no table of recipients, all is read',
  noProfiles: 'no table of profiles, no last visits',
} as const
export type Oddity = keyof typeof oddities
