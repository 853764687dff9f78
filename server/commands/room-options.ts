/** What a host says of its rooms, checked. */
import * as v from 'valibot'
import { Description, RoomName, SlowMode } from '../protocol/commands.ts'
import { limits } from '../protocol/limits.ts'
import { parse } from '../protocol/parse.ts'
import type { MemberView, SettingsView } from '../protocol/views.ts'
import { KeepDays } from '../rules/retention.ts'
import { DataJson } from '../rules/site-message.ts'
import type { RoomDraft, RoomSetup } from '../store/store.ts'

/** Another page's mixed content would not be shown, and what runs is no picture. */
function isHttps(url: string): boolean {
  return !/[\s\\\p{Cc}]/u.test(url) && url.isWellFormed() && URL.parse(url)?.protocol === 'https:'
}

const PictureUrl = v.pipe(
  v.string(),
  v.maxLength(limits.urlChars),
  v.check(isHttps, 'expected an https address'),
)

const about = <T extends v.GenericSchema>(schema: T, text: string) => v.pipe(schema, v.description(text))

/** Its fields, as a body gives them. */
export const roomOptions = {
  name: v.exactOptional(v.nullable(RoomName)),
  description: v.exactOptional(about(v.nullable(Description), 'what the group is for')),
  pictureUrl: v.exactOptional(about(v.nullable(PictureUrl), 'the address of a picture, https')),
  post: v.exactOptional(about(v.picklist(['owners', 'all']), 'who sends messages')),
  slowMode: v.exactOptional(about(SlowMode, 'so many seconds a member waits between two messages; 0: none')),
  history: v.exactOptional(
    about(v.picklist(['since-joined', 'all']), 'what members see: all, or what came after them'),
  ),
  join: v.exactOptional(about(v.nullable(v.literal('open')), 'the directory has it, and any user may join')),
  data: v.exactOptional(about(v.nullable(DataJson), 'what the site keeps with the room: a JSON object')),
  keepDays: v.exactOptional(
    about(v.nullable(KeepDays), 'so many days it keeps messages, where its site does not keep them for less'),
  ),
}

const RoomOptions = v.object(roomOptions)

/** What may be said of a group. What is left out of a change stays as it is; `null` takes it away. */
export type RoomOptions = {
  readonly name?: string | null
  /** What the group is for, in up to 500 characters. */
  readonly description?: string | null
  /** The address of a picture, https. */
  readonly pictureUrl?: string | null
  /** Who sends messages: only owners (announcements), or all members. */
  readonly post?: 'owners' | 'all'
  /** So many seconds a member who is no owner waits between two messages; 0: none. */
  readonly slowMode?: number
  /** What members see: all, or only what came after they joined. Of a new group the default is the site's. */
  readonly history?: 'since-joined' | 'all'
  /** `open`: the directory has it, and any user of the site may join. */
  readonly join?: 'open' | null
  /** What the site keeps with the room, of any kind: an object of at most 4 KB as JSON. Members can read it. */
  readonly data?: Readonly<Record<string, unknown>> | null
  /** From 1 to 36,500: messages older than so many days go, in a room of any kind. Where the site keeps them for less, that counts. */
  readonly keepDays?: number | null
}

/** What the host says of a group from its beginning. */
export type NewRoomOptions = Pick<
  RoomDraft,
  'description' | 'pictureUrl' | 'post' | 'slowMode' | 'join' | 'data' | 'keepDays'
> &
  Pick<RoomOptions, 'history'>

/** What a group is called, is for, and who writes in it: one of these. */
export type RoomWish =
  | { readonly kind: 'rename'; readonly name: string | null }
  | { readonly kind: 'describe'; readonly description: string | null }
  | { readonly kind: 'configure'; readonly settings: SettingsView }

/** Whom the host wants in a group, and as what; without a role a member stays what they are. */
export type HostMember = { readonly userId: string; readonly role?: MemberView['role'] }

/** What the host wants of a group, one thing of it. `set-up`: what no message tells. */
export type HostWish = RoomWish | ({ readonly kind: 'set-up' } & Omit<RoomSetup, 'room'>)

/** Checked, and what the site keeps as a database holds it. */
export type ReadOptions = Omit<RoomOptions, 'data'> & { readonly data?: string | null }

/** @throws Problem `bad_request`, `too_large` */
export const readOptions = (given: RoomOptions): ReadOptions => parse(RoomOptions, defined(given))

/** A host may leave a field out by giving it as undefined. */
function defined(given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
