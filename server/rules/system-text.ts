/** What messages of the room itself say in English, for clients that show text only; others read `system`. */
import type { SettingsView, SystemView } from '../protocol/views.ts'

export const withSettings = (text: string, settings: SettingsView) => `${text}: ${settingsText(settings)}`

/** `isSelf`: who did it did it to themselves. */
export function systemText(
  { event, name, settings }: SystemView,
  by: string,
  { about = '', isSelf = false }: { readonly about?: string; readonly isSelf?: boolean } = {},
): string {
  const texts: Record<SystemView['event'], string> = {
    renamed: name === undefined ? `${by} took the group’s name away` : `${by} named the group “${name}”`,
    described: `${by} ${about}`,
    added: `${by} added ${about}`,
    removed: `${by} removed ${about}`,
    left: `${by} left`,
    joined: `${by} joined`,
    promoted: `${by} made ${about} an owner`,
    demoted: isSelf ? `${by} stopped being an owner` : `${by} made ${about} a member`,
    configured: settings
      ? withSettings(`${by} changed the settings`, settings)
      : `${by} changed the settings`,
  }
  return texts[event]
}

function settingsText({ post, slowMode, history }: SettingsView): string {
  const parts: string[] = []
  if (post !== undefined) parts.push(post === 'owners' ? 'only owners write' : 'all members write')
  if (slowMode === 0) parts.push('slow mode is off')
  else if (slowMode !== undefined) parts.push(`slow mode: a message in ${slowMode} s`)
  if (history !== undefined)
    parts.push(history === 'all' ? 'members see all messages' : 'members see what came after they joined')
  return parts.join('; ')
}
