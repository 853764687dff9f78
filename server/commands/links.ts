import { randomBytes } from 'node:crypto'
import { permit } from './caller.ts'
import type { Command } from './command.ts'

/** Nobody guesses one: 128 bits, as 22 characters. */
const newCode = () => randomBytes(16).toString('base64url')

/** Makes a link by which users join the group. Whoever else owns it finds the link in the list of them. */
export const createLink: Command<'createLink'> = async (
  caller,
  { roomId, id, expiresAt, maxUses },
  tools,
) => {
  await permit(caller, 'link', roomId)
  const { link, created } = await tools.store.createLink({
    ...{ room: roomId, by: caller.me.id, id, code: newCode() },
    ...(expiresAt !== undefined && { expiresAt: Date.parse(expiresAt) }),
    ...(maxUses !== undefined && { maxUses }),
  })
  return { reply: link, created, events: [] }
}

/** From then on the link opens nothing. Who came by it stays. */
export const deleteLink: Command<'deleteLink'> = async (caller, { roomId, linkId }, { store }) => {
  await permit(caller, 'link', roomId)
  const created = await store.deleteLink({ room: roomId, by: caller.me.id, id: linkId })
  return { reply: {}, created, events: [] }
}
