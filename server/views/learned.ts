import type { Event } from '../protocol/events.ts'
import { limits } from '../protocol/limits.ts'
import type { TenantSettings } from '../rules/settings.ts'

/** What clients learn of a tenant's settings (those that rules/settings.ts marks), with the server's own limits. */
export function learnedFrom(settings: TenantSettings): Pick<Event<'settings'>, 'features' | 'limits'> {
  const { textChars, members, editWindow } = settings.limits
  const { frameBytes, nameChars, descriptionChars, memberIds, page, rooms, crowd } = limits
  return {
    features: { ...settings.features, openRooms: true, presence: settings.presence !== 'off' },
    limits: {
      ...{ textChars, frameBytes, nameChars, descriptionChars, members, memberIds },
      ...{ page, rooms, crowd, editWindow },
    },
  }
}
