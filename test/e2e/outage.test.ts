import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type BrowserName, browsers } from '../support/browsers.ts'
import { becomes, Person } from './person.ts'
import { Site } from './site.ts'
import { withBrowser } from './stage.ts'
import { type IsDeadly, Wire } from './wire.ts'

const cuts: Readonly<Record<string, IsDeadly>> = {
  'before the server has it': (frame, from) => from === 'page' && frame.t === 'send',
  'after it was stored and before that was said': (frame, from) =>
    from === 'server' && frame.t === 'ok' && frame.message !== undefined,
}

/** When it dies is no matter of the browser: Firefox plays the one after which a message could come twice. */
const cutsIn = (name: BrowserName) => Object.entries(cuts).slice(name === 'Firefox' ? -1 : 0)

for (const name of browsers) {
  describe(`in ${name}`, () => {
    const browser = withBrowser(name)

    for (const [when, isDeadly] of cutsIn(name)) {
      test(`a server that is killed ${when} has the message once when it is back`, async () => {
        await using site = await Site.open()
        await using wire = await Wire.open(site, isDeadly)
        await using sam = await Person.visit(browser(), site, 'sam')
        await using mina = await Person.visit(browser(), site, 'mina', { path: `${wire.url}lounge.html` })
        await sam.openRoom('Mina Okafor')
        await mina.openRoom('Sam Whitfield')
        const earlier = await mina.texts()

        await mina.send('Did this arrive?')
        await wire.died
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
  })
}
