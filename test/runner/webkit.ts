/**
 * WebKitGTK for web-test-runner, by WebDriver (W3C) in a display of its own: the engine of Safari, as far as Debian has it
 * (`webkit2gtk-driver` and `xvfb`).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserLauncher } from '@web/test-runner'
import { findWebkitDriver, findXvfb, locateMiniBrowser } from '../support/find.ts'

/** What its reader prefers WebKitGTK takes from the desktop. */
const withoutMotion = '[Settings]\ngtk-enable-animations=0\n'
const screen = { width: 1400, height: 1100 }

/** One window for all sessions, one after the other. */
export function webkitLauncher(): BrowserLauncher & {
  getPage(): { setViewportSize(size: Size): Promise<void> }
} {
  const children: ChildProcess[] = []
  let ask: Ask = () => Promise.reject(new Error('expected a started browser'))
  let active: { id: string; url: string } | undefined
  const config = mkdtempSync(join(tmpdir(), 'chatter-webkit-'))
  const blank = { url: 'about:blank' }
  const read = (script: string) => ask('POST', 'execute/sync', { script, args: [] })
  /** Of the page, not of the window around it, which becomes another size a moment later. */
  const setViewportSize = async ({ width, height }: Size) => {
    const around = (await read('return [outerWidth - innerWidth, outerHeight - innerHeight]')) as number[]
    const [sides = 0, bars = 0] = around
    await ask('POST', 'window/rect', { width: width + sides, height: height + bars })
    for (let round = 0; round < 40; round++)
      if (await read(`return innerHeight === ${height} && innerWidth >= ${width}`)) return
  }
  return {
    name: 'WebKit',
    // The commands of @web/test-runner-commands ask pages of Playwright's or Puppeteer's kind, and no others.
    type: 'playwright',
    getPage: () => ({ setViewportSize }),
    concurrency: 1,
    async initialize() {
      const display = await startDisplay(children)
      mkdirSync(join(config, 'gtk-3.0'), { recursive: true })
      writeFileSync(join(config, 'gtk-3.0/settings.ini'), withoutMotion)
      const port = await freePort()
      const driver = spawn(findWebkitDriver(), [`--port=${port}`, '--host=127.0.0.1'], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, DISPLAY: display, XDG_CONFIG_HOME: config, LIBGL_ALWAYS_SOFTWARE: '1' },
      })
      children.push(driver)
      ask = await startSession(`http://127.0.0.1:${port}`)
    },
    async startSession(id, url) {
      active = { id, url }
      await ask('POST', 'url', { url })
    },
    isActive: (id) => active?.id === id,
    getBrowserUrl: (id) => (active?.id === id ? active.url : undefined),
    async stopSession() {
      active = undefined
      await ask('POST', 'url', blank)
      return {}
    },
    async stop() {
      await ask('DELETE', '').catch(() => undefined)
      for (const child of children.reverse()) child.kill()
      rmSync(config, { recursive: true, force: true })
    },
    startDebugSession: () => Promise.reject(new Error('WebKit has no debug sessions here')),
  }
}

type Size = { readonly width: number; readonly height: number }
type Ask = (method: 'POST' | 'DELETE', path: string, body?: object) => Promise<unknown>

/** An X server without a screen. @returns the name of its display */
async function startDisplay(children: ChildProcess[]): Promise<string> {
  const { width, height } = screen
  const args = ['-displayfd', '3', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp']
  const server = spawn(findXvfb(), args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  children.push(server)
  const numbers = server.stdio[3]
  if (!numbers) throw new Error('expected a pipe')
  const [number] = (await once(numbers, 'data')) as [Buffer]
  return `:${number.toString().trim()}`
}

async function startSession(driver: string): Promise<Ask> {
  const binary = locateMiniBrowser()
  const options = { binary, args: ['--automation'] }
  const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': options } }
  const answer = await untilItListens(() => send('POST', `${driver}/session`, { capabilities }))
  const { sessionId } = answer as { sessionId: string }
  return (method, path, body) =>
    send(
      method,
      `${driver}/session/${sessionId}${path && `/${path}`}`,
      method === 'POST' ? (body ?? {}) : undefined,
    )
}

async function send(method: string, url: string, body?: object): Promise<unknown> {
  const answer = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) })
  const { value } = (await answer.json()) as { value: { message?: string } | null }
  if (!answer.ok) throw new Error(`WebDriver: ${value?.message ?? answer.status}`)
  return value
}

/** A driver that has just been started refuses connections for a moment. */
async function untilItListens<T>(attempt: () => Promise<T>): Promise<T> {
  const giveUpAt = Date.now() + 20_000
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof TypeError) || Date.now() > giveUpAt) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || !address) throw new Error('expected a port')
  return address.port
}
