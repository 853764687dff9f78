import type { Command } from './command.ts'

/** Takes name, picture and what is said about the user from a sign-in, and shows a change of them to the people of their rooms. */
export const signIn: Command<'signIn'> = async ({ topics }, profile, { store }) => {
  const { user, changed } = await store.saveUser(profile)
  if (!changed) return { reply: { user }, created: false, events: [] }
  const memberships = await store.listMemberships(user.id)
  const event = { t: 'user', user } as const
  const listeners = [topics.user(user.id), ...memberships.map(({ room }) => topics.room(room))]
  return { reply: { user }, created: true, events: listeners.map((topic) => ({ topic, event })) }
}
