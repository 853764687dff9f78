import { enRooms, type RoomWords } from '../../locale/en-rooms.ts'
import type { Host } from '../host.ts'

/** What is said about rooms and their people, in the reader's language. */
export function roomWords({ words }: Pick<Host, 'words'>): RoomWords {
  return words.room ? { ...enRooms, ...words.room } : enRooms
}
