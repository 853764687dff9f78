/** The widget by a classic script, on a page that asked for things before it came. */
import { expect } from '@open-wc/testing'
import { aToken } from './a-chat.ts'
import { aServer } from './a-widget.ts'

type Caller = ((...call: unknown[]) => Promise<unknown> | undefined) & { q?: unknown[] }
declare global {
  interface Window {
    chatter?: Caller | undefined
  }
}

/** As docs/embedding.md has it. */
function stub(): Caller {
  const caller: Caller = (...call) => {
    caller.q = [...(caller.q ?? []), call]
    return undefined
  }
  return caller
}

function load(): Promise<void> {
  const script = document.createElement('script')
  script.src = new URL('../../widget/classic.ts', import.meta.url).href
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  script.onload = () => resolve()
  script.onerror = () => reject(new Error('the script did not come'))
  document.head.append(script)
  return promise
}

// Before a test answers in the place of a server.
const docs = await (await fetch(new URL('../../docs/embedding.md', import.meta.url))).text()

const failureOf = (done: unknown) => (done as Promise<unknown>).then(String, String)

describe('a classic script', () => {
  const at = aServer()
  afterEach(() => {
    document.querySelector('chatter-widget')?.remove()
    window.chatter = undefined
  })

  it('does what the page asked for before it came, and what it asks for later', async () => {
    const room = at.server.open(['ana', 'sam'], { name: 'Club' })
    const heard: string[] = []
    window.chatter = stub()
    window.chatter('create', { server: at.server.url, token: aToken('ana') })
    window.chatter('on', 'chatter-room-change', ({ roomId }: { roomId: string }) => heard.push(roomId))
    window.chatter('openRoom', room)
    await load()
    const widget = await window.chatter('create', { density: 'compact' })
    expect(widget).to.equal(document.querySelector('chatter-widget'))
    expect(document.querySelectorAll('chatter-widget').length).to.equal(1)
    await window.chatter('openRoom', room)
    expect(heard).to.deep.equal([room])
  })

  it('comes to a page that has something called chatter', async () => {
    const [, stubText = ''] = /<script>\n(.*chatter\.q.*)\n/.exec(docs) ?? []
    for (const html of [
      '<div id="chatter"></div>',
      '<form id="chatter"><select name="q"><option>a</select></form>',
    ]) {
      const named = document.createElement('div')
      named.innerHTML = html
      document.body.append(named)
      // As no page of its own would leave it.
      Reflect.deleteProperty(window, 'chatter')
      const script = document.createElement('script')
      script.textContent = stubText
      document.head.append(script)
      expect(typeof window.chatter).to.equal('function')
      window.chatter?.('create', { server: at.server.url, token: aToken('ana') })
      await load()
      expect(await window.chatter?.('create')).to.equal(document.querySelector('chatter-widget'))
      document.querySelector('chatter-widget')?.remove()
      Reflect.deleteProperty(window, 'chatter')
      // Without the stub, too, nothing of the page is taken for what was asked.
      await load()
      expect(await window.chatter?.('create', { server: at.server.url })).to.equal(
        document.querySelector('chatter-widget'),
      )
      document.querySelector('chatter-widget')?.remove()
      named.remove()
    }
  })

  it('says in the console what the page asked for wrongly', async () => {
    const said: unknown[] = []
    const { error } = console
    console.error = (...words) => said.push(words[0])
    try {
      await load()
      const call = window.chatter as Caller
      expect(await failureOf(call('openRoom', 'x'))).to.match(/the page has no <chatter-widget>/)
      await call('create', { server: at.server.url })
      expect(await failureOf(call('opneRoom', 'x'))).to.match(/it has no method opneRoom/)
      expect(said.length).to.equal(2)
    } finally {
      console.error = error
    }
  })
})
