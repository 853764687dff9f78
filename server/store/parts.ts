/** The port in the parts that an adapter is built of. */
import type { Store } from './store.ts'

export type UserStore = Pick<
  Store,
  'findUser' | 'findUsers' | 'saveUser' | 'searchUsers' | 'markSeen' | 'findCompanions'
>

export type RoomStore = Pick<
  Store,
  | 'openRoom'
  | 'findRoom'
  | 'listRooms'
  | 'listMemberships'
  | 'listMembershipsOf'
  | 'readVersions'
  | 'filterMembers'
  | 'isMember'
  | 'listMembers'
  | 'countMembers'
  | 'markRead'
  | 'readHeads'
  | 'countUnread'
>

export type GroupStore = Pick<Store, 'alterRoom' | 'findRole'>

export type MessageStore = Pick<Store, 'append' | 'amend' | 'findMessage' | 'readPage' | 'readChanges'>
