import { describe } from 'node:test'
import { aWorld, type OpenStores } from './store/a-world.ts'
import { amendPromises } from './store/amend.ts'
import { appendPromises } from './store/append.ts'
import { arrangingPromises } from './store/arranging.ts'
import { bytePromises } from './store/bytes.ts'
import { deletionPromises } from './store/deletion.ts'
import { directoryPromises } from './store/directory.ts'
import { erasingPromises } from './store/erasing.ts'
import { findingPromises } from './store/finding.ts'
import { groupPromises } from './store/groups.ts'
import { guestPromises } from './store/guests.ts'
import { historyPromises } from './store/history.ts'
import { idempotencyPromises } from './store/idempotency.ts'
import { importPromises } from './store/importing.ts'
import { isolationPromises } from './store/isolation.ts'
import { keyPromises } from './store/keys.ts'
import { linkPromises } from './store/links.ts'
import { membershipRevPromises } from './store/membership-revs.ts'
import { mentionPromises } from './store/mentions.ts'
import { pagePromises } from './store/pages.ts'
import { pinPromises } from './store/pins.ts'
import { postingPromises } from './store/posting.ts'
import { preconditionPromises } from './store/preconditions.ts'
import { presencePromises } from './store/presence.ts'
import { quotaPromises } from './store/quotas.ts'
import { reactionPromises } from './store/reactions.ts'
import { readMarkPromises } from './store/read-marks.ts'
import { replyPromises } from './store/replies.ts'
import { retentionPromises } from './store/retention.ts'
import { roomPromises } from './store/rooms.ts'
import { sharedStorePromises } from './store/shared-stores.ts'
import { signOutPromises } from './store/sign-outs.ts'
import { siteMessagePromises } from './store/site-messages.ts'
import { tenantPromises } from './store/tenants.ts'
import { userPromises } from './store/users.ts'
import { webhookPromises } from './store/webhooks.ts'

const chapters = {
  'messages are written': appendPromises,
  'messages are changed': amendPromises,
  'messages answer others': replyPromises,
  'people react to messages': reactionPromises,
  'messages mention members': mentionPromises,
  'members pin messages': pinPromises,
  'messages come from another chat': importPromises,
  'the site itself says something': siteMessagePromises,
  'history is read': pagePromises,
  'pages have a size': bytePromises,
  'rooms are opened and listed': roomPromises,
  'groups are changed': groupPromises,
  'groups say who writes': postingPromises,
  'groups show what came after one joined': historyPromises,
  'users join open groups': directoryPromises,
  'users join groups by links': linkPromises,
  'groups are deleted': deletionPromises,
  'users do so much in an hour or a day': quotaPromises,
  'who is no member writes nothing': membershipRevPromises,
  'read marks move': readMarkPromises,
  'members arrange their lists': arrangingPromises,
  'users are kept': userPromises,
  'visitors come as guests': guestPromises,
  'users say who sees them': presencePromises,
  'users are found': findingPromises,
  'tenants come and go': tenantPromises,
  'servers of a site have keys': keyPromises,
  'sites sign their users out': signOutPromises,
  'sites are told what happens': webhookPromises,
  'requests are performed once': idempotencyPromises,
  'changes expect what was read': preconditionPromises,
  'users are erased': erasingPromises,
  'old messages go': retentionPromises,
  'tenants are apart': isolationPromises,
  'tenants are apart in what all share': sharedStorePromises,
}

/** What every store promises, whatever database lies under it. */
export function storeContract(name: string, open: OpenStores): void {
  describe(`${name} keeps the promises of a store:`, () => {
    const world = aWorld(open)
    for (const [chapter, promises] of Object.entries(chapters)) describe(chapter, () => promises(world))
  })
}
