/** The pages of the contenders: bundled, and served from this machine, each by one script. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'

const here = import.meta.dirname
const root = join(here, '../../..')
const peers = join(here, 'peers')
const built = join(root, 'dist/widget')

/** Where each one's page is written, by its name in the table. */
export const contenders = {
  Chatter: 'pages/chatter.ts',
  'deep-chat': 'peers/deep-chat.js',
  'vue-advanced-chat': 'peers/vue-advanced-chat.js',
  'igc-chat': 'peers/igc-chat.js',
  chatscope: 'peers/chatscope.js',
  'bare list': 'pages/bare.ts',
} as const
export type ContenderName = keyof typeof contenders

/** Builds the widget and installs its peers, where that was not done. @throws Error when one of these fails */
export function prepare(): void {
  run('npm', ['run', 'build', '--silent'], root)
  if (!existsSync(join(peers, 'node_modules')))
    run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], peers)
}

function run(command: string, args: string[], cwd: string): void {
  const { status } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed in ${cwd}`)
}

export type Pages = { readonly url: (name: ContenderName) => string } & AsyncDisposable

export async function servePages(): Promise<Pages> {
  const files = new Map<string, Buffer | string>()
  for (const [name, source] of Object.entries(contenders)) {
    const { outputFiles } = await build({
      entryPoints: [join(here, 'instruments.ts'), join(here, source)],
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      outdir: join('/', name),
      entryNames: '[name]',
      define: { 'process.env.NODE_ENV': '"production"' },
      logLevel: 'error',
    })
    const head = outputFiles.map(({ path, contents }) => {
      files.set(path, Buffer.from(contents))
      const address = encodeURI(path)
      return path.endsWith('.css')
        ? `<link rel="stylesheet" href="${address}">`
        : `<script type="module" src="${address}"></script>`
    })
    files.set(`/${name}`, page(head.join('')))
  }
  const server = createServer(({ url = '/' }, response) => {
    const path = decodeURI(new URL(url, 'http://x').pathname)
    const body = files.get(path) ?? ofWidget(path)
    const type = path.endsWith('.js') ? 'text/javascript' : path.endsWith('.css') ? 'text/css' : 'text/html'
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': `${type}; charset=utf-8`,
      'cache-control': 'no-store',
    })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: (name) => `http://127.0.0.1:${port}/${encodeURI(name)}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function ofWidget(path: string): Buffer | undefined {
  const file = join(built, path)
  return file.startsWith(built) && path.endsWith('.js') && existsSync(file) ? readFileSync(file) : undefined
}

/** Every chat is as large: its page is its box. */
const page = (head: string) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>bench</title>
<style>html, body { block-size: 100%; margin: 0; font: 15px sans-serif } main { inline-size: 100%; block-size: 100% }</style>${head}<body></body></html>`
