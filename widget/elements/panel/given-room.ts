import type { PanelHost } from '../host.ts'

/** Shows the room that the page asks for. Frameworks write null where they ask for none. */
export async function showGivenRoom(host: PanelHost): Promise<void> {
  const { roomId, directUserId, chat } = host
  if (roomId) return chat.openRoom(roomId)
  if (!directUserId) return
  const isWanted = chat.latest.start()
  try {
    await host.ready
  } catch {
    // Nobody is signed in, which has an event and a pane of its own.
    return
  }
  try {
    await chat.openWanted({ memberIds: [directUserId] }, isWanted)
  } catch (error) {
    if (isWanted()) chat.cannotOpen(error)
  }
}
