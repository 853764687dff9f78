/** The tables of docs/situations.md: where the widget was tried, each line by a test that `npm test` runs. */
import { type BrowserName, browsers } from '../test/support/browsers.ts'
import { table } from './table.ts'
import { hasTest, textOf } from './test-titles.ts'

type Situation = {
  /** What is special about the page. */
  readonly on: string
  readonly works: string
  readonly file: string
  readonly title: string
}

const pages: readonly Situation[] = [
  {
    on: 'a page of another site whose policy allows nothing else, with Trusted Types',
    works: 'chats, says nothing in the console, asks nobody but its server',
    file: 'test/e2e/harmless.test.ts',
    title:
      'on a site that allows nothing else it works, silently, asks nobody but its own server, and all that means harm is only ever text',
  },
  {
    on: 'the two lines of the README, under the policy of embedding.md',
    works: 'is a chat',
    file: 'test/docs/readme.test.ts',
    title:
      'the two lines of the README are a chat, under the policy of the docs, and its scripts do what they say',
  },
  {
    on: 'a page that measures how much moves while it loads (CLS)',
    works: 'moves nothing, as a launcher and in the page',
    file: 'test/e2e/harmless.test.ts',
    title: 'it moves nothing on a page while it loads, opens and chats, nor what is read',
  },
  {
    on: 'a page whose styles reset, hide and colour everything',
    works: 'looks as it should',
    file: 'test/widget/theming.browser.test.ts',
    title: 'survives a hostile page',
  },
  {
    on: 'a brand of any colour: yellow, black, white, neon, translucent',
    works: 'keeps every contrast, light and dark',
    file: 'test/widget/theming.browser.test.ts',
    title: 'keeps every contrast with any one accent, in light and in dark',
  },
  {
    on: 'a dark page, or a dark system',
    works: 'follows the page, then the reader',
    file: 'test/widget/theming.browser.test.ts',
    title: 'follow the page where it says so, and the reader where it does not',
  },
  {
    on: 'a page with `zoom`, or a transform with `scale`',
    works: 'nothing jumps while one reads',
    file: 'test/widget/timeline.browser.test.ts',
    title: 'S5: moves nothing that is read in a page that is zoomed or scaled',
  },
  {
    on: 'a tab of the page that was hidden (`display: none`) when the widget was made',
    works: 'opens at the newest message',
    file: 'test/widget/timeline.browser.test.ts',
    title: 'S1: opens at the newest message where it was made out of sight',
  },
  {
    on: 'a page with hotkeys of its own',
    works: 'what is typed in the chat does not reach them',
    file: 'test/widget/composer.browser.test.ts',
    title: 'K54: lets no key reach the page, unless the page wants them',
  },
  {
    on: 'a page that clips the launcher, or covers all of it with a box of the highest `z-index`',
    works: 'the open panel lies above',
    file: 'test/widget/layers.browser.test.ts',
    title: 'is for the open panel the top one: no box of the page covers or clips it',
  },
  {
    on: 'a page that shows a modal dialog while the chat is open',
    works: 'the dialog lies above, and works',
    file: 'test/widget/layers.browser.test.ts',
    title: 'leaves a dialog that the page shows later above it, and works again after that',
  },
  {
    on: 'a page with `user-select: none`',
    works: 'messages can be selected',
    file: 'test/widget/hosts.browser.test.ts',
    title: 'that lets nothing be selected still lets a message be',
  },
  {
    on: 'a page with functions of its own in `Array` (Prototype.js)',
    works: 'chats, finds people and links',
    file: 'test/widget/hosts.browser.test.ts',
    title: 'that has put its own functions into Array still has a chat',
  },
  {
    on: 'a page from right to left',
    works: 'sentences and names keep their order',
    file: 'test/widget/element.browser.test.ts',
    title: 'A63: a sentence keeps its order whatever names are in it',
  },
  {
    on: 'a page that the browser translates',
    works: 'shows what is so, and nothing stale',
    file: 'test/widget/element.browser.test.ts',
    title: 'shows what is so in a page that a translator went over',
  },
  {
    on: 'a page in another language, such as German',
    works: 'speaks it from the first word on',
    file: 'test/widget/language.browser.test.ts',
    title: 'is that of the page, from the first word on',
  },
  {
    on: 'two widgets on one page',
    works: 'both chat, apart',
    file: 'test/widget/element.browser.test.ts',
    title: 'works twice on one page',
  },
  {
    on: 'a phone held upright',
    works: 'the panel covers the screen, and the page below stays where it is',
    file: 'test/widget/element.browser.test.ts',
    title: 'E65: the page under the sheet does not scroll, and is where it was afterwards',
  },
  {
    on: 'a width of 320 px, or 1,280 px at 400 %',
    works: 'all of it can be used',
    file: 'test/widget/rules.browser.test.ts',
    title: 'A60: all of it can be used at 320 px',
  },
  {
    on: 'a keyboard and nothing else',
    works: 'everything is done with it',
    file: 'test/e2e/keyboard.test.ts',
    title:
      'everything is done by keyboard alone: open, find somebody, write, read, look up, close; and walk the rooms',
  },
  {
    on: 'a server that is killed while somebody writes',
    works: 'each message is there once',
    file: 'test/e2e/outage.test.ts',
    title: `a server that is killed \${when} has the message once when it is back`,
  },
  {
    on: 'a page that is open while the server gets a new version, its own chunks gone',
    works: 'goes on with those of the new version',
    file: 'test/e2e/newer-chunks.test.ts',
    title:
      'chats with those that the server has, also when it was connected before, and shows nothing twice; it takes the list of people or a language of the server’s build, where only that is gone, and from then on the others at once',
  },
  {
    on: 'a page that still holds the widget of an earlier build',
    works: 'chats with the newest server',
    file: 'test/e2e/old-widget.test.ts',
    title: `of \${build} chats with the newest server and the newest widget`,
  },
]

const frameworks: readonly Situation[] = [
  {
    on: 'React: `roomId={null}` and `undefined`',
    works: 'are no room',
    file: 'test/widget/element.browser.test.ts',
    title: 'takes null, undefined and no attribute as no room',
  },
  {
    on: 'any: `single-room="false"`',
    works: 'is false',
    file: 'test/widget/element.browser.test.ts',
    title: 'takes "false" as false, as frameworks write it',
  },
  {
    on: 'any: properties set before the script is loaded',
    works: 'are taken',
    file: 'test/widget/element.browser.test.ts',
    title: 'takes properties that were set before it was defined',
  },
  {
    on: 'any: methods called before the chat is loaded',
    works: 'are done in their order',
    file: 'test/widget/element.browser.test.ts',
    title: 'takes methods before it is ready, in order',
  },
  {
    on: 'any: an element that is moved, or removed and put back',
    works: 'keeps its state, and its connection while it is moved',
    file: 'test/widget/element.browser.test.ts',
    title: 'keeps one connection and its state when it is moved, and closes when it is removed',
  },
  {
    on: 'Turbo, htmx: a new `<body>` with the same element in it',
    works: 'keeps its connection, and announces',
    file: 'test/widget/element.browser.test.ts',
    title: 'keeps its connection, and announces, in a new body that it is put into a moment later',
  },
  {
    on: 'any: moved into another document',
    works: 'looks the same',
    file: 'test/widget/element.browser.test.ts',
    title: 'looks the same in another document',
  },
]

/** What needs no browser. */
const without: readonly Situation[] = [
  {
    on: 'React: a new `tokenProvider` at each render',
    works: 'keeps its connection',
    file: 'test/widget/connection.test.ts',
    title: 'a new function in the place of a provider is asked for the next token, without a reconnection',
  },
  {
    on: 'a page that is rendered on a server',
    works: 'importing the widget there does nothing',
    file: 'test/docs/snippets.test.ts',
    title: 'importing the widget where there is no browser does nothing and fails nothing',
  },
  {
    on: 'storage that is full or forbidden',
    works: 'all but surviving a reload',
    file: 'test/widget/outbox.test.ts',
    title: 'where storage is full or forbidden, all but surviving a reload works',
  },
]

/** @throws Error where a line names a test that is not there: it was renamed or removed, and the line with it */
export function situationTables(): Record<string, string> {
  return {
    pages: tableOf(pages, browsers),
    frameworks: tableOf(frameworks, browsers),
    'without a browser': tableOf(without, []),
  }
}

function tableOf(situations: readonly Situation[], columns: readonly BrowserName[]): string {
  const rows = situations.map((situation) => {
    const { on, works, file, title } = situation
    if (!hasTest(file, title)) throw new Error(`docs/situations.ts: ${file} has no test "${title}"`)
    const tried = triedIn(situation)
    const marks = columns.map((name) => (tried.includes(name) ? 'yes' : ''))
    return [on, works, ...marks, `[${file.replace(/^.*\//, '')}](../${file})`]
  })
  return table(['', 'it', ...columns, 'test'], rows)
}

/** Which browsers a test is played in, as its file says. CONTRIBUTING.md has the rule. */
function triedIn({ file, title }: Situation): readonly BrowserName[] {
  const text = textOf(file)
  const at = text.indexOf(title)
  const isSkipped = /exceptIn\(\{[^{}]*Firefox[^{}]*\}\)\(\s*['"`]$/.test(text.slice(0, at))
  const maySkip = /^, \{\s*skip,?\s*\}/.test(text.slice(at + title.length + 1))
  const isInAll = file.endsWith('.browser.test.ts') || text.includes('of browsers)')
  return isInAll && !isSkipped && !maySkip ? browsers : ['Chromium']
}
