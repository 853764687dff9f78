/** What <chatter-widget> takes in any framework. docs/embedding.md has the meanings. */
import type { ChatterEventMap, ChatterWidget } from '../dist/types/widget.js'

export type { ChatterEventMap, ChatterWidget } from '../dist/types/widget.js'

/** Frameworks write them as words too. */
type Flag = boolean | '' | 'true' | 'false'
/** Null and nothing are the same. */
type Maybe<T> = T | null | undefined

/** As HTML has them. */
export type ChatterAttributes = {
  server?: Maybe<string>
  mode?: Maybe<ChatterWidget['mode']>
  open?: Maybe<Flag>
  'room-id'?: Maybe<string>
  'direct-user-id'?: Maybe<string>
  'single-room'?: Maybe<Flag>
  'token-url'?: Maybe<string>
  token?: Maybe<string>
  theme?: Maybe<ChatterWidget['theme']>
  density?: Maybe<ChatterWidget['density']>
  placement?: Maybe<ChatterWidget['placement']>
  layer?: Maybe<ChatterWidget['layer']>
  'send-key'?: Maybe<ChatterWidget['sendKey']>
  'hour-cycle'?: Maybe<ChatterWidget['hourCycle']>
  load?: Maybe<ChatterWidget['load']>
  'keep-events'?: Maybe<Flag>
  'deep-links'?: Maybe<Flag>
  history?: Maybe<Flag>
}

type PropertyName =
  | 'roomId'
  | 'directUserId'
  | 'singleRoom'
  | 'tokenUrl'
  | 'tokenProvider'
  | 'sendKey'
  | 'hourCycle'
  | 'keepEvents'
  | 'deepLinks'
  | 'strings'

/** What is written otherwise as a property, or is one alone. */
export type ChatterProperties = { [Name in PropertyName]?: ChatterWidget[Name] | undefined }

/** `onchatter-message={…}`, and so on. */
export type ChatterListeners = {
  [Name in keyof ChatterEventMap as `on${Name}`]?: ((event: ChatterEventMap[Name]) => void) | undefined
}
