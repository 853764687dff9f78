/**
 * Criterion 1 of the package: an empty folder, the packed package and nothing else of this repository; a page of another
 * origin that allows next to nothing, its token endpoint in Python, and a room that the site's server made for two users who
 * never signed in. Both chat, each in another browser, by each of the scripts. What a person types is counted, and the time told.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import type { Browser } from 'puppeteer-core'
import { Person } from '../e2e/person.ts'
import { type Packed, packPackage } from '../package/packed.ts'
import { type BrowserName, browsers, launchBrowser, openPage } from '../support/browsers.ts'
import { textWith } from '../support/markdown.ts'
import { freePort } from '../support/redis.ts'
import { secret } from '../support/server.ts'

const run = promisify(execFile)

/** The site: its pages and the address of tokens, with what Python has. Who signs in, a page's address says. */
const site = `
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlparse

${textWith('docs/token-endpoint.md', 'python', 'hmac')}

NAMES = {"mina": "Mina Okafor", "sam": "Sam Lee"}


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlparse(self.path)
        file = Path(url.path[1:])
        user = self.headers.get("Cookie", "").partition("user=")[2].partition(";")[0]
        if url.path == "/chatter-token":
            token = sign_chatter_token(user, NAMES[user]) if user in NAMES else ""
            self.answer(token, "text/plain", 200 if token else 401, {"Cache-Control": "no-store"})
        elif file.suffix == ".html" and file.exists():
            policy = file.with_suffix(".policy").read_text()
            cookie = "user=%s; HttpOnly; SameSite=Strict" % parse_qs(url.query)["user"][0]
            headers = {"Content-Security-Policy": policy, "Set-Cookie": cookie}
            self.answer(file.read_text(), "text/html", 200, headers)
        else:
            self.answer("", "text/plain", 404, {})

    def answer(self, text, kind, status, headers):
        self.send_response(status)
        self.send_header("Content-Type", kind + "; charset=utf-8")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Site)
print("the site listens", flush=True)
server.serve_forever()
`

/** The policy as docs/embedding.md has it, with our own addresses in it. */
function documented(words: string, chatter: string): string {
  const policy = textWith('docs/embedding.md', '', words)
  return policy
    .trim()
    .replaceAll('wss://chat.example.com', chatter.replace('http', 'ws'))
    .replaceAll('https://chat.example.com', chatter)
    .replaceAll(/\s*\n\s*/g, ' ')
}

type Way = {
  readonly name: string
  readonly policy: (chatter: string) => string
  readonly page: (chatter: string, lasting: Lasting) => string
}
type Lasting = { readonly script: string; readonly integrity: string }

const element = '<chatter-widget mode="launcher" token-url="/chatter-token"></chatter-widget>'
const nonce = 'r4nd0mOfTh1sAnswer'
const [, stub = ''] =
  /<script>(.*?)<\/script>/s.exec(textWith('docs/embedding.md', 'html', 'chatter.iife.js')) ?? []
const ways: readonly Way[] = [
  {
    name: 'chatter.js',
    policy: (chatter) => documented('trusted-types lit-html', chatter),
    page: (chatter) => `<script type="module" src="${chatter}/chatter.js"></script>${element}`,
  },
  {
    name: 'chatter.iife.js behind its stub',
    policy: (chatter) => documented("'nonce-…' https:", chatter).replace('…', nonce),
    page: (chatter) => `<div id="chatter"></div><script nonce="${nonce}">${stub}</script>
      <script async src="${chatter}/chatter.iife.js"></script>`,
  },
  {
    name: 'the copy that never changes, with its hash',
    policy: (chatter) => documented("'strict-dynamic'", chatter).replace('…', nonce),
    page: (chatter, { script, integrity }) =>
      `<script type="module" nonce="${nonce}" src="${chatter}/${script}" integrity="${integrity}"
        crossorigin="anonymous"></script>${element}`,
  },
]

const home = mkdtempSync(join(tmpdir(), 'chatter-first-chat-'))
const ended: (() => Promise<unknown>)[] = []
/** What a person types, and in which seconds of a quick machine it was done. */
const typed: string[] = []
let began = 0

let packed: Packed
let chatter: string
let pages: string
let lasting: Lasting
const opened = new Map<BrowserName, Browser>()

/** Whatever npx runs is from the packed file. */
const npx = (command: string) => [
  '--yes',
  '--package',
  packed.tarball,
  '--package',
  'better-sqlite3',
  command,
]
const onOwnNode = { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) }

async function start(program: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const child: ChildProcess = spawn(program, args, {
    cwd: home,
    env: { ...onOwnNode, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    // npx runs another process, which is ended with it.
    detached: true,
  })
  ended.push(() => {
    const closed = once(child, 'close')
    process.kill(-(child.pid ?? 0), 'SIGTERM')
    return closed
  })
  assert.ok(child.stdout)
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return String(line)
}

before(async () => {
  packed = await packPackage()
  began = performance.now()
  const port = await freePort()
  pages = `http://localhost:${port}`
  const settings = {
    CHATTER_SECRET: secret,
    CHATTER_ORIGINS: pages,
    CHATTER_LOG: 'silent',
    PORT: '0',
    HOST: '127.0.0.1',
  }
  typed.push(`CHATTER_SECRET=… CHATTER_ORIGINS=${pages} npx … chatter serve`)
  const said = await start('npx', [...npx('chatter'), 'serve'], settings)
  chatter = /http\S+?(?=\/?$)/.exec(said)?.[0] ?? assert.fail(said)

  typed.push('npx … chatter key add --scope users,rooms')
  const key = await run('npx', [...npx('chatter'), 'key', 'add', '--scope', 'users,rooms'], {
    cwd: home,
    env: { ...onOwnNode, ...settings },
  })
  const [text = ''] = /chk_\S+/.exec(key.stdout) ?? []

  writeFileSync(join(home, 'room.py'), textWith('docs/server-api.md', 'python', 'urlopen'))
  typed.push('CHATTER_KEY=… CHATTER_URL=… python3 room.py')
  await run('python3', ['room.py'], {
    cwd: home,
    env: { ...process.env, CHATTER_KEY: text, CHATTER_URL: chatter },
  })

  const manifest = await run('npx', [...npx('chatter'), 'manifest'], { cwd: home, env: onOwnNode })
  ;({ lasting } = JSON.parse(manifest.stdout))

  for (const [index, { page, policy }] of ways.entries()) {
    const head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title>'
    writeFileSync(join(home, `${index}.html`), `${head}${page(chatter, lasting)}`)
    writeFileSync(join(home, `${index}.policy`), policy(chatter))
  }
  writeFileSync(join(home, 'site.py'), site)
  typed.push(`CHATTER_SECRET=… CHATTER_HOST=… python3 site.py`)
  const { hostname } = new URL(chatter)
  await start('python3', ['site.py', String(port)], { CHATTER_SECRET: secret, CHATTER_HOST: hostname })
  for (const name of browsers) opened.set(name, await launchBrowser(name))
})
after(async () => {
  for (const browser of opened.values()) await browser.close()
  for (const end of ended) await end()
  packed?.[Symbol.dispose]()
  rmSync(home, { recursive: true, force: true })
})

/** Signed in to the site, with the panel open. */
async function visit(name: BrowserName, way: number, user: string): Promise<Person> {
  const browser = opened.get(name) ?? assert.fail(name)
  const person = new Person(await openPage(browser, { width: 1000, height: 700 }))
  await person.page.goto(`${pages}/${way}.html?user=${user}`)
  await person.widget.getByRole('button', { name: /^Open chat/ }).click()
  return person
}

for (const [index, { name }] of ways.entries())
  test(`two users who never signed in chat on a page of another origin under the strictest policy, by ${name}`, async (t) => {
    await using mina = await visit('Chromium', index, 'mina')
    await using sam = await visit('Firefox', index, 'sam')
    const text = `By ${name}`
    await mina.openRoom('Sam Lee')
    await sam.openRoom('Mina Okafor')
    await mina.send(text)
    await sam.message(text).waitFor()
    await sam.send(`${text}, and back`)
    await mina.message(`${text}, and back`).waitFor()
    assert.deepEqual(mina.complaints, [])
    assert.deepEqual(sam.complaints, [])
    const strangers = [...mina.requests, ...sam.requests].filter(
      (url) => ![chatter, pages].some((known) => url.startsWith(known)),
    )
    assert.deepEqual(strangers, [])
    if (index === 0) {
      const seconds = Math.round((performance.now() - began) / 1000)
      t.diagnostic(
        `${typed.length} commands, ${seconds} s from the first of them to an answer:\n${typed.join('\n')}`,
      )
    }
  })
