/** The port in the parts that an adapter is built of. */
import type { Store } from './store.ts'

export type UserStore = Pick<Store, 'user' | 'users' | 'saveUser' | 'findUsers' | 'sawUsers' | 'company'>

export type RoomStore = Pick<
  Store,
  | 'openRoom'
  | 'room'
  | 'rooms'
  | 'joined'
  | 'joinedBy'
  | 'versions'
  | 'membersAmong'
  | 'isMember'
  | 'members'
  | 'memberCount'
  | 'markRead'
  | 'heads'
  | 'unread'
>

export type GroupStore = Pick<Store, 'alterRoom' | 'role'>

export type MessageStore = Pick<Store, 'append' | 'amend' | 'message' | 'page' | 'changes'>
