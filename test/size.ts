/**
 * What the widget weighs, against its budgets, in a build of its own. A kB is 1,024 bytes, compressed with brotli. Which
 * chunk is loaded when follows from the imports between them; which module belongs into which, `homes` says.
 */
import { createHash } from 'node:crypto'
import { join, relative } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gunzipSync } from 'node:zlib'
import { build, type Rollup } from 'vite'

type Chunk = Rollup.OutputChunk

const kB = 1_024
const budgets = { launcher: 12, client: 18.3, open: 66.2, lazy: 15, emoji: 25 }
const root = join(import.meta.dirname, '..')

/**
 * The chunk of each module, by the start of its path; the longest one counts. Every language is one by itself. vite.config.ts groups modules by the names
 * of their files, so a file that is renamed or imported from elsewhere may move its bytes to another chunk unseen.
 */
const homes: Readonly<Record<string, string>> = {
  'node_modules/@lit/reactive-element/': 'element',
  'node_modules/lit-element/': 'element',
  'node_modules/lit-html/lit-html.js': 'element',
  'node_modules/lit/index.js': 'element',
  'node_modules/lit-html/': 'panel',
  'node_modules/lit/directives/': 'panel',
  'server/protocol/': 'chat',
  'server/protocol/names.ts': 'panel',
  'widget/index.ts': 'chatter',
  'widget/chatter-widget.': 'element',
  'widget/chat-controller.ts': 'element',
  'widget/chunks.ts': 'element',
  'widget/diagnosis.ts': 'diagnosis',
  'widget/events.ts': 'element',
  'widget/frame.': 'element',
  'widget/language.ts': 'element',
  'widget/latest.ts': 'element',
  'widget/load-chunk.ts': 'element',
  'widget/launcher.': 'element',
  'widget/page.ts': 'element',
  'widget/place-name.ts': 'chat',
  'widget/version.ts': 'element',
  'widget/locale/count.ts': 'element',
  'widget/locale/launcher.ts': 'element',
  'widget/locale/locales.ts': 'element',
  'widget/chat.ts': 'chat',
  'widget/chat-events.ts': 'chat',
  'widget/message-link.ts': 'chat',
  'widget/net/': 'chat',
  'widget/net/guest.ts': 'guest',
  'widget/elements/guest/': 'guest-form',
  'widget/state/': 'chat',
  'widget/state/changes.ts': 'panel',
  'widget/state/pins.ts': 'message-actions',
  'widget/state/refused-mentions.ts': 'panel',
  'widget/state/room-list.ts': 'panel',
  'widget/state/system-message.ts': 'panel',
  'widget/state/timeline.ts': 'panel',
  'widget/locale/en.ts': 'panel',
  'widget/locale/en-rooms.ts': 'menu',
  'widget/locale/plural.ts': 'element',
  'widget/elements/': 'panel',
  'widget/elements/keyboard/listbox.ts': 'listbox',
  'widget/elements/completion/': 'completion',
  'widget/elements/directory/': 'directory',
  'widget/elements/menu/': 'menu',
  'widget/elements/message-actions/': 'message-actions',
  'widget/elements/people-picker/': 'people-picker',
  'widget/elements/room-info/': 'room-info',
  'widget/elements/room-menu/': 'room-menu',
  'widget/elements/room-menu/arrange.ts': 'outcome',
  'widget/elements/room-menu/icons.ts': 'outcome',
  'widget/elements/room-menu/outcome.ts': 'outcome',
  'widget/elements/emoji-picker/': 'emoji-picker',
  'widget/elements/way-back/': 'way-back',
  'widget/elements/timeline/copied.ts': 'copied',
  'widget/elements/timeline/drawn-by-page.ts': 'drawn-by-page',
  'widget/elements/timeline/described.ts': 'menu',
  'widget/elements/timeline/floating-date.styles.ts': 'floating-date',
  'widget/elements/timeline/floating-date.ts': 'floating-date',
}

const chunks = await builtChunks()
const entry = found('the entry', ({ isEntry }) => isEntry)
const launcher = withImports(entry)
const client = without(withImports(chunkOf('widget/chat.ts')), launcher)
const open = new Set([...launcher, ...client, ...withImports(chunkOf('widget/elements/panel/panel.ts'))])
const lazy = without(new Set(chunks.values()), open)

const faults = [
  ...weigh('launcher: what a page loads at first', launcher, budgets.launcher),
  ...weigh('client: what it adds when the page is idle', client, budgets.client),
  ...weigh('open and chatting: all of it, with its styles', open, budgets.open),
  ...[...lazy].flatMap((chunk) =>
    weigh(
      `lazy: ${chunk.name}`,
      new Set([chunk]),
      /^emoji-..$/.test(chunk.name) ? budgets.emoji : budgets.lazy,
    ),
  ),
  ...[...chunks.values()].flatMap(strangersIn),
  ...[...chunks.values()].flatMap(strayedInto),
]
for (const fault of faults) console.error(`✗ ${fault}`)
if (faults.length > 0) process.exitCode = 1

async function builtChunks(): Promise<Map<string, Chunk>> {
  const built = await build({
    root,
    configLoader: 'native',
    logLevel: 'warn',
    build: { write: false, rolldownOptions: { checks: { pluginTimings: false } } },
  })
  const { output } = built as Rollup.RollupOutput
  const scripts = new Map(output.flatMap((one) => (one.type === 'chunk' ? [[one.fileName, one]] : [])))
  // The classic script, and the entry under a name of its own.
  const others = output.flatMap((one) =>
    one.type === 'asset' && /^chatter\.(iife|[0-9a-f]{12})\.js$/.test(one.fileName)
      ? [[one.fileName, String(one.source)] as const]
      : [],
  )
  if (others.length !== 2) throw new Error(`expected two more scripts, got ${others.map(([name]) => name)}`)
  const texts = new Map([...others, ...[...scripts].map(([name, { code }]) => [name, code] as const)])
  for (const file of output) if (file.type === 'asset' && !texts.has(file.fileName)) requireCopy(file, texts)
  return scripts
}

/** Beside each script lie its compressed copies, and nothing else. */
function requireCopy({ fileName, source }: Rollup.OutputAsset, scripts: ReadonlyMap<string, string>): void {
  const isBrotli = fileName.endsWith('.br')
  const script = scripts.get(fileName.replace(/\.(br|gz)$/, ''))
  if (script === undefined) throw new Error(`expected scripts and their compressed copies, got ${fileName}`)
  const copy = (isBrotli ? brotliDecompressSync : gunzipSync)(source)
  if (copy.toString() !== script) throw new Error(`${fileName} is no copy of its script`)
}

function found(what: string, isIt: (chunk: Chunk) => boolean): Chunk {
  const chunk = [...chunks.values()].find(isIt)
  if (!chunk) throw new Error(`${what} is in no chunk`)
  return chunk
}

function chunkOf(source: string): Chunk {
  return found(source, ({ moduleIds }) => moduleIds.some((id) => id.endsWith(`/${source}`)))
}

/** A chunk and all that must be there before it runs. */
function withImports(chunk: Chunk, seen = new Set<Chunk>()): Set<Chunk> {
  if (seen.has(chunk)) return seen
  seen.add(chunk)
  for (const name of chunk.imports) withImports(chunks.get(name) ?? entry, seen)
  return seen
}

function without(some: ReadonlySet<Chunk>, others: ReadonlySet<Chunk>): Set<Chunk> {
  return new Set([...some].filter((chunk) => !others.has(chunk)))
}

/** Prints one line; over budget also where the bytes are. */
function weigh(what: string, some: ReadonlySet<Chunk>, budget: number): string[] {
  const bytes = [...some].reduce(
    (sum, { code }) => sum + brotliCompressSync(withSteadyHashes(code)).length,
    0,
  )
  const size = `${(bytes / kB).toFixed(2)} of ${budget} kB`
  console.log(`${size.padStart(17)}  ${what}`)
  if (bytes <= budget * kB) return []
  const modules = [...some].flatMap((chunk) => Object.entries(chunk.modules))
  const heaviest = modules
    .sort(([, one], [, other]) => other.renderedLength - one.renderedLength)
    .slice(0, 12)
    .map(([id, { renderedLength }]) => `\n    ${renderedLength} bytes of source  ${relative(root, id)}`)
  return [`${what}: ${bytes - budget * kB} bytes too many. The largest parts:${heaviest.join('')}`]
}

/**
 * With a hash of its name in the name of each chunk: those of what is in them change with any chunk, and compress by some
 * sixty bytes better or worse.
 */
function withSteadyHashes(code: string): string {
  return [...chunks.values()].reduce((text, { name, fileName }) => {
    const [hash = ''] = /(?<=-)[\w-]{8}(?=\.js$)/.exec(fileName) ?? []
    const steady = createHash('sha256').update(name).digest('base64url').slice(0, hash.length)
    return hash === '' ? text : text.replaceAll(`${name}-${hash}`, `${name}-${steady}`)
  }, code)
}

/** Modules of another chunk, and those of which nobody said where they belong. */
function strayedInto({ name, modules }: Chunk): string[] {
  const paths = Object.keys(modules).map((id) => relative(root, id))
  // What the bundler adds of its own has no file.
  return paths
    .filter((path) => !path.includes('\0'))
    .flatMap((path) => {
      const home = homeOf(path)
      return home === name ? [] : [`${path} is in ${name}, expected ${home ?? 'a line in homes'}`]
    })
}

function homeOf(path: string): string | undefined {
  const starts = Object.keys(homes).filter((start) => path.startsWith(start))
  const longest = starts.sort((one, other) => other.length - one.length)[0]
  return longest === undefined ? path.match(/^widget\/locale\/([\w-]+)\.ts$/)?.[1] : homes[longest]
}

/**
 * What must not be in the bundle: the server's parser, HTML from strings (but for Lit's own), addresses of others, and as a
 * literal the regular expression that takes a browser longest to parse.
 */
function strangersIn({ fileName, code, modules }: Chunk): string[] {
  const parsers = Object.keys(modules).filter((id) => id.includes('/valibot/'))
  const html = Object.entries(modules).filter(
    ([id, module]) => !id.endsWith('/lit-html.js') && /\b(inner|outer)HTML\b/.test(module.code ?? ''),
  )
  const urls = (code.match(/\bhttps?:\/\/[\w.-]+/g) ?? []).filter((url) => url !== 'http://www.w3.org')
  const literals = code.match(/(?<!\\)\\p\{RGI_Emoji\}/g) ?? []
  return [
    ...literals.map((found) => `${fileName}: ${found} is parsed with the script, used or not`),
    ...parsers.map((id) => `${fileName}: ${relative(root, id)} does not belong into a page`),
    ...html.map(([id]) => `${fileName}: ${relative(root, id)} makes HTML from strings`),
    ...urls.map((url) => `${fileName}: an address of somebody else, ${url}`),
  ]
}
