import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'puppeteer-core'
import { launchBrowser, openPage } from '../support/browsers.ts'
import { Locator } from '../support/locator.ts'
import { blocksOf, read, root, textsOf, textWith } from '../support/markdown.ts'
import { secret, signToken, startServer, type TestServer } from '../support/server.ts'

const documented = 'https://chat.example.com'
const pages = ['README.md', 'CONTRIBUTING.md', 'docs/embedding.md', 'docs/operations.md']

let browser: Browser | undefined
const folder = mkdtempSync(join(tmpdir(), 'chatter-docs-'))
/** What the first `npm run serve` said. The other tests use what it built. */
let saidFirst = ''
before(async () => {
  browser = await launchBrowser('Chromium')
  rmSync(join(root, 'dist', 'server', 'cli.js'), { force: true })
  await started('npm run serve', async (url, said) => {
    assert.equal((await fetch(`${url}chatter.js`)).status, 200)
    saidFirst = said
  })
})
after(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

test('every npm command of the docs is a script', () => {
  const { scripts } = JSON.parse(read('package.json'))
  const lines = pages.flatMap((page) => blocksOf(page).filter(({ language }) => !language))
  const asked = lines.flatMap(({ text }) => [...text.matchAll(/npm (?:run ([\w:-]+)|(start|test)\b)/g)])
  assert.ok(asked.length > 5)
  for (const [command, script, alone] of asked) assert.ok(scripts[script ?? alone ?? ''], command)
})

/** Runs a line of the shell in the checkout until a server says its URL, and ends it after the visit. */
async function started(line: string, visit: (url: string, said: string) => Promise<void>): Promise<void> {
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter)
  const data = mkdtempSync(join(folder, 'data-'))
  const env = {
    ...process.env,
    PATH,
    PORT: '0',
    HOST: '127.0.0.1',
    CHATTER_DATA: data,
    ...(!line.includes('CHATTER_SECRET') && { CHATTER_SECRET: secret }),
  }
  // A group of its own: npm's children are ended with it.
  const child = spawn('sh', ['-c', line], { cwd: root, env, detached: true })
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (text) => {
      said += text
      const [, url] = /(http:\S+)\n/.exec(said) ?? []
      if (url) resolve(url)
    })
    child.stderr.on('data', (text) => (said += text))
    child.once('close', () => reject(new Error(said)))
  })
  const ended = once(child, 'close')
  try {
    assert.equal((await fetch(`${url}readyz`)).status, 200)
    await visit(url, said)
  } finally {
    process.kill(-(child.pid ?? 0), 'SIGTERM')
    await ended
  }
}

type Target = string | Readonly<Record<string, string>>

test('npm run serve builds what is missing, all of the package, and starts the server', () => {
  assert.match(saidFirst, /^Building…$/m)
  const { bin, exports }: { bin: Target; exports: Record<string, Target> } = JSON.parse(read('package.json'))
  const files = [bin, ...Object.values(exports)].flatMap((target) =>
    typeof target === 'string' ? target : Object.values(target),
  )
  assert.ok(files.length > 6)
  for (const file of files) assert.ok(existsSync(join(root, file)), file)
})

test('npm run serve builds nothing while no source is newer', async () => {
  await started('npm run serve', async (_, said) => assert.doesNotMatch(said, /Building/))
})

for (const [page, command] of [
  ['README.md', 'npm start'],
  ['docs/operations.md', 'node dist/server/cli.js serve'],
] as const) {
  test(`the lines of ${page} with ${command} start a server`, async () => {
    const [, ...lines] = `\n${textWith(page, '', command)}`.replace('\nnpm run build', '').split('\n')
    const text = lines.join('\n').replaceAll('chatter-secret', join(folder, 'chatter-secret'))
    await started(text, async (url) => {
      assert.equal((await fetch(`${url}chatter.js`)).status, 200)
    })
  })
}

/** The two lines of the README on a site of its own, under the policy of docs/embedding.md. */
async function aSite(chatter: TestServer, html: string) {
  const token = await signToken('mina', { name: 'Mina' })
  const own = new URL(chatter.url).origin
  const there = (text: string) =>
    text
      .replaceAll(documented, own)
      .replace(documented.replace('https', 'wss'), own.replace('http', 'ws'))
      .trim()
  const site = createServer((request, response) => {
    if (request.url === '/chatter-token') return response.end(token)
    const policy = there(textWith('docs/embedding.md', '', 'default-src')).replaceAll(/\s+/g, ' ')
    response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy })
    return response.end(
      `<!doctype html><html lang="en"><title>A site</title><button id="ask">Ask</button>${there(html)}`,
    )
  }).listen(0, '127.0.0.1')
  await once(site, 'listening')
  const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
  return {
    origin,
    async [Symbol.asyncDispose]() {
      site.closeAllConnections()
      site.close()
    },
  }
}

async function visit(url: string): Promise<{ page: Page; complaints: string[]; requests: string[] }> {
  assert.ok(browser)
  const page = await openPage(browser, { width: 1000, height: 800 })
  const complaints: string[] = []
  const requests: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) complaints.push(message.text())
  })
  page.on('request', (request) => requests.push(new URL(request.url()).origin))
  await page.goto(url)
  return { page, complaints, requests }
}

test('the two lines of the README are a chat, under the policy of the docs, and its scripts do what they say', async () => {
  const [html = ''] = textsOf('README.md', 'html')
  assert.equal(html, textsOf('docs/embedding.md', 'html')[0])
  const origins: string[] = []
  await using chatter = await startServer({ assets: join(root, 'dist', 'widget'), origins })
  await chatter.chatter.createRoom([{ id: 'mina' }, { id: 'front-desk', name: 'Front desk' }])
  await using site = await aSite(chatter, html)
  const { origin } = site
  origins.push(origin)
  const { page, complaints, requests } = await visit(origin)
  const run = (words: string, doc = 'docs/embedding.md') =>
    page.evaluate(`(async () => { ${textWith(doc, 'js', words)} })()`)

  await run('tokenProvider')
  await run('openDirect')
  const onPage = new Locator(page)
  await onPage.getByRole('button', { name: /^Open chat/ }).waitFor()
  await onPage.locator('#ask').click()
  const composer = onPage.getByRole('textbox', { name: 'Message Front desk' })
  await composer.fill('Is anybody there?')
  await composer.press('Enter')
  await onPage.locator('[part~="status"][aria-label="Sent"]').waitFor()

  const used = await page.evaluate(() => {
    const parts = document.querySelector('chatter-widget')?.shadowRoot?.querySelectorAll('[part]') ?? []
    return [...new Set([...parts].flatMap(({ part }) => [...part]))]
  })
  const { cssParts } = JSON.parse(read('custom-elements.json')).modules[0].declarations[0]
  const known = new Set(cssParts.map(({ name }: { name: string }) => name))
  assert.ok(used.length > 20)
  assert.deepEqual(
    used.filter((part) => !known.has(part)),
    [],
  )

  await run('strings', 'docs/languages.md')
  await onPage.getByRole('textbox', { name: 'Write to Front desk' }).waitFor()
  await run('logout()')
  await onPage.getByText('You are signed out').waitFor()
  assert.deepEqual(complaints, [])
  const strangers = requests.filter((one) => one !== origin && one !== new URL(chatter.url).origin)
  assert.deepEqual(strangers, [])
  await page.browserContext().close()
})

test('a browser understands every rule of the style sheets', async () => {
  const { page } = await visit('about:blank')
  for (const name of ['README.md', 'docs/theming.md', 'docs/embedding.md']) {
    for (const css of textsOf(name, 'css')) {
      const lost = await page.evaluate((text) => {
        const sheet = new CSSStyleSheet()
        sheet.replaceSync(text)
        const rules = [...sheet.cssRules] as CSSStyleRule[]
        const declared = [...text.matchAll(/([\w-]+): ([^;]+);/g)].map(([, property = '']) => property)
        const known = rules.flatMap(({ style }) =>
          declared.filter((one) => style.getPropertyValue(one) !== ''),
        )
        return declared.filter((one) => !known.includes(one))
      }, css)
      assert.deepEqual(lost, [], css)
    }
  }
  await page.browserContext().close()
})
