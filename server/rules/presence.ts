/** Who may know of whom whether they are here: by what each of both wants, and what their tenant allows at most. */

/** From little to much. `contacts`: the people of one's direct rooms. */
export const shows = ['off', 'contacts', 'everybody'] as const
export type Show = (typeof shows)[number]

/** What a user decides of their own presence. */
export type PresenceSettings = {
  /** Who sees whether they are here, and when they were, as far as the tenant allows it; and whom they see. */
  readonly show: Show
  /** Others see that they do not want to be disturbed. */
  readonly doNotDisturb: boolean
}

/** Of who never changed anything. */
export const usualPresence: PresenceSettings = { show: 'everybody', doNotDisturb: false }

export type PresenceRow = { readonly presence: string | null; readonly do_not_disturb: boolean | number }

/** What a later version wrote, and this one does not know, shows nobody. */
export function presenceIn({ presence, do_not_disturb }: PresenceRow): PresenceSettings {
  const show = presence === null ? 'everybody' : (shows.find((one) => one === presence) ?? 'off')
  return { show, doNotDisturb: Boolean(do_not_disturb) }
}

/** The lesser of both. */
export function atMost(show: Show, most: Show): Show {
  return shows.indexOf(show) < shows.indexOf(most) ? show : most
}
