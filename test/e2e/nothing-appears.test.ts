/** What docs/troubleshooting.md says of pages where nothing appears, tried on such pages, word by word. */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { type BrowserName, browsers, openPage } from '../support/browsers.ts'
import { read, textWith } from '../support/markdown.ts'
import { Elsewhere } from './elsewhere.ts'
import { Person, until } from './person.ts'
import { withBrowser, withSite } from './stage.ts'

type Given = { readonly html: string; readonly policy?: string }
type Cause = {
  readonly of: string
  /** `url` is the server's address, `token` one of Mina's. */
  readonly page: (server: { url: string; origin: string; token: string }) => Given
  /** What the console says: the widget, or where none of it ever ran, the browser. */
  readonly said: string | Partial<Record<BrowserName, string>>
}

const widget = ({ url, token }: { url: string; token: string }) =>
  `<script type="module" src="${url}chatter.js"></script><chatter-widget token="${token}"></chatter-widget>`
const open = "script-src 'unsafe-inline' http:; connect-src"

const causes: readonly Cause[] = [
  {
    of: 'a policy that forbids the server',
    page: (at) => ({ html: widget(at), policy: `${open} 'self'` }),
    said: 'the page’s Content-Security-Policy forbids http:',
  },
  {
    of: 'a policy that forbids the socket',
    page: (at) => ({ html: widget(at), policy: `${open} ${at.origin}` }),
    said: 'the page’s Content-Security-Policy forbids ws:',
  },
  {
    of: 'a policy that forbids the address of tokens',
    page: ({ url, origin }) => ({
      html: `<script type="module" src="${url}chatter.js"></script><chatter-widget token-url="/t"></chatter-widget>`,
      policy: `${open} ${origin} ${origin.replace('http', 'ws')}`,
    }),
    said: 'the page’s Content-Security-Policy forbids http:',
  },
  {
    of: 'a policy that allows the script and not its chunks',
    page: (at) => ({ html: widget(at), policy: `script-src ${at.url}chatter.js` }),
    said: { Chromium: 'directive: "script-src', Firefox: 'script-src' },
  },
  {
    of: 'a policy that forbids the script',
    page: (at) => ({ html: widget(at), policy: "script-src 'self'" }),
    said: { Chromium: 'directive: "script-src', Firefox: 'script-src' },
  },
  {
    of: 'a policy of Trusted Types without lit-html',
    page: (at) => ({ html: widget(at), policy: "require-trusted-types-for 'script'; trusted-types other" }),
    said: { Chromium: 'lit-html' },
  },
  {
    of: 'a frame with a sandbox, or a file',
    page: (at) => ({ html: widget(at), policy: 'sandbox allow-scripts' }),
    said: 'this page has no origin, so no server lets it in',
  },
  {
    of: 'an address of tokens on another origin',
    page: ({ url }) => ({
      html: `<script type="module" src="${url}chatter.js"></script><chatter-widget token-url="${url}t"></chatter-widget>`,
    }),
    said: '`token-url` must lie on the page’s own origin, and lead to no other',
  },
  {
    of: 'JSON without a token',
    page: ({ url }) => ({
      html: `<script type="module" src="${url}chatter.js"></script><chatter-widget token-url="/t.json"></chatter-widget>`,
    }),
    said: 'must answer the JWT as text or {"token": "…"}',
  },
  {
    of: 'a server that is away',
    page: (at) => ({
      html: `${widget(at).replace('<chatter-widget', '<chatter-widget server="http://127.0.0.1:1/"')}`,
    }),
    said: 'http://127.0.0.1:1 does not answer: does it run',
  },
  {
    of: 'a `server` without its scheme',
    page: (at) => ({
      html: `${widget(at).replace('<chatter-widget', '<chatter-widget server="chat.example.com"')}`,
    }),
    said: 'no Chatter answers at http:',
  },
  {
    of: 'an address of the script that is wrong',
    page: ({ url }) => ({ html: `<script type="module" src="${url}chater.js"></script>` }),
    said: {
      Chromium: 'has been blocked by CORS policy',
      Firefox: 'blocked because of a disallowed MIME type',
    },
  },
  {
    of: 'a page in the place of the script',
    page: () => ({ html: `<script type="module" src="/chatter.js"></script>` }),
    said: {
      Chromium:
        'Expected a JavaScript-or-Wasm module script but the server responded with a MIME type of "text/html"',
      Firefox: 'blocked because of a disallowed MIME type (“text/html”)',
    },
  },
  {
    of: 'a script without type="module"',
    page: ({ url }) => ({ html: `<script src="${url}chatter.js"></script>` }),
    said: {
      Chromium: 'Cannot use import statement outside a module',
      Firefox: 'import declarations may only appear at top level of a module',
    },
  },
  {
    of: 'a hash of another build',
    page: ({ url }) => ({
      html: `<script type="module" src="${url}chatter.js" integrity="sha384-${'A'.repeat(64)}" crossorigin></script>`,
    }),
    said: { Chromium: "in the 'integrity' attribute", Firefox: 'in the integrity attribute' },
  },
  {
    of: 'a script that is loaded twice',
    page: (at) => ({ html: `${widget(at)}<script type="module" src="${at.url}chatter.js?again"></script>` }),
    said: 'is already defined, by version',
  },
]

const page = 'docs/troubleshooting.md'

test('each cause stands in the page, with what is said of it', () => {
  for (const { of, said } of causes)
    for (const words of typeof said === 'string' ? [said] : Object.values(said)) {
      // Addresses differ.
      const [literal = ''] = words.replace(/^http:\S+ /, '').split(/(?:http|ws):/)
      assert.ok(read(page).includes(literal.trim()), `${of}: ${literal}`)
    }
})

const over = '<div style="position: fixed; inset: 0; z-index: 2147483647">a banner</div>'
const launcher =
  (style = '') =>
  ({ url, token }: { url: string; token: string }) =>
    `
  <script type="module" src="${url}chatter.js"></script>
  <div style="${style}"><chatter-widget mode="launcher" token="${token}"></chatter-widget></div>`

/** Of what hides it: the page, and what the snippet says there. */
const hidden: readonly (readonly [html: ReturnType<typeof launcher>, says: string])[] = [
  [launcher(), 'to be seen, and open'],
  [launcher('display: none'), 'hidden by the styles of div'],
  [launcher('opacity: 0'), 'hidden by the styles of div'],
  [launcher('visibility: hidden'), 'invisible (visibility) chatter-widget'],
  [launcher('transform: translateX(-2000px); width: 100px'), 'outside of the window chatter-widget'],
  [launcher('transform: scale(1); margin: 200px; height: 30px; overflow: hidden'), 'covered or cut off by '],
  [(at) => launcher()(at) + over, 'covered or cut off by div'],
  [() => '<chatter-widget></chatter-widget>', 'the script did not run'],
  [({ url }) => `<script type="module" src="${url}chatter.js"></script>`, 'the page has no <chatter-widget>'],
]

for (const name of browsers)
  describe(`where nothing appears, in ${name}`, () => {
    let elsewhere: Elsewhere
    const { site } = withSite(name, async () => {
      elsewhere = await Elsewhere.open()
      return { origins: [elsewhere.origin] }
    })
    const browser = withBrowser(name)
    after(() => elsewhere?.[Symbol.asyncDispose]())

    async function visit({ html, policy = '' }: Given): Promise<Person> {
      elsewhere.page = `<!doctype html><html lang="en"><title>Elsewhere</title>${html}`
      elsewhere.policy = policy
      const person = new Person(await openPage(browser(), { width: 900, height: 700 }))
      await person.page.goto(elsewhere.origin)
      return person
    }

    test('what hides it is found by the snippet of the page', async () => {
      const { url } = site()
      const token = await site().token('mina', 'Mina Okafor')
      const snippet = textWith(page, 'js', 'elementFromPoint').trim()
      for (const [html, says] of hidden) {
        await using person = await visit({ html: html({ url, token }) })
        const ask = () =>
          person.page.evaluate(
            `[${snippet}].flat().map((one) => one instanceof Element ? one.localName : one).join(' ')`,
          ) as Promise<string>
        await until(ask, (said) => said.startsWith(says))
      }
    })

    test('the console says why, in the words of the page', async () => {
      const { url } = site()
      const server = { url, origin: new URL(url).origin, token: await site().token('mina', 'Mina Okafor') }
      for (const { of, page: made, said } of causes) {
        const words = typeof said === 'string' ? said : said[name]
        // This browser works all the same.
        if (words === undefined) continue
        await using person = await visit(made(server))
        const isSaid = () => person.complaints.some((one) => one.includes(words))
        await until(isSaid, Boolean).catch(() => assert.fail(`${of}: ${person.complaints.join('\n')}`))
      }
    })
  })
