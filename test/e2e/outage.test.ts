import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { becomes, Person } from './person.ts'
import { Site } from './site.ts'
import { withBrowser } from './stage.ts'

const browser = withBrowser()

/**
 * Between the page and its server: lets everything through until `isDeadly` says that the connection dies with this
 * frame, which then does not arrive. `died` resolves at that moment.
 */
function trap(isDeadly: (frame: { t: string; message?: unknown }, from: 'page' | 'server') => boolean) {
  const { promise: died, resolve } = Promise.withResolvers<void>()
  let isOver = false
  const prepare = (page: Page) =>
    page.routeWebSocket(/v1\/socket$/, (socket) => {
      const server = socket.connectToServer()
      const pass =
        (from: 'page' | 'server', to: { send(data: string | Buffer): void }) => (data: string | Buffer) => {
          if (!isOver && isDeadly(JSON.parse(String(data)), from)) {
            isOver = true
            resolve()
          }
          // What was on its way when the wire was cut never arrives; a connection made later is whole again.
          else if (!isCut()) to.send(data)
        }
      const wasOver = isOver
      const isCut = () => isOver && !wasOver
      socket.onMessage(pass('page', server))
      server.onMessage(pass('server', socket))
    })
  return { died, prepare }
}

const cuts = {
  'before the server has it': trap((frame, from) => from === 'page' && frame.t === 'send'),
  'after it was stored and before that was said': trap(
    (frame, from) => from === 'server' && frame.t === 'ok' && frame.message !== undefined,
  ),
}

for (const [when, { died, prepare }] of Object.entries(cuts)) {
  test(`a server that is killed ${when} has the message once when it is back`, async () => {
    await using site = await Site.open()
    await using sam = await Person.visit(browser(), site, 'sam')
    await using mina = await Person.visit(browser(), site, 'mina', { prepare })
    await sam.openRoom('Mina Okafor')
    await mina.openRoom('Sam Whitfield')
    const earlier = await mina.texts()

    await mina.send('Did this arrive?')
    await died
    await site.kill()
    await mina.send('And this, written while the server is away?')
    await site.start()

    const wanted = [...earlier, 'Did this arrive?', 'And this, written while the server is away?']
    await becomes(() => mina.texts(), wanted)
    await becomes(() => sam.texts(), wanted)
    await becomes(() => mina.log.getByText('Sending').count(), 0)
    await mina.page.reload()
    await mina.openRoom('Sam Whitfield')
    await becomes(() => mina.texts(), wanted)
    assert.equal(await mina.message('Did this arrive?').count(), 1)
  })
}
