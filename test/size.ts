/**
 * What the widget weighs, against its budgets, in a build of its own. A kB is 1,024 bytes, compressed with brotli. Which
 * chunk is loaded when follows from the imports between them, so no name of a chunk stands here.
 */
import { relative } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gunzipSync } from 'node:zlib'
import { build, type Rollup } from 'vite'

type Chunk = Rollup.OutputChunk

const kB = 1_024
const budgets = { launcher: 12, client: 10, open: 40, lazy: 15 }
const root = `${import.meta.dirname}/..`

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
  ...[...lazy].flatMap((chunk) => weigh(`lazy: ${chunk.name}`, new Set([chunk]), budgets.lazy)),
  ...[...chunks.values()].flatMap(strangersIn),
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
  for (const file of output) {
    if (file.type === 'asset') requireCopy(file, scripts)
  }
  return scripts
}

/** Beside each script lie its compressed copies, and nothing else. */
function requireCopy({ fileName, source }: Rollup.OutputAsset, scripts: ReadonlyMap<string, Chunk>): void {
  const isBrotli = fileName.endsWith('.br')
  const script = scripts.get(fileName.replace(/\.(br|gz)$/, ''))
  if (!script) throw new Error(`expected scripts and their compressed copies, got ${fileName}`)
  const copy = (isBrotli ? brotliDecompressSync : gunzipSync)(source)
  if (copy.toString() !== script.code) throw new Error(`${fileName} is no copy of ${script.fileName}`)
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
  const bytes = [...some].reduce((sum, { code }) => sum + brotliCompressSync(code).length, 0)
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

/** What must not be in the bundle: the server's parser, HTML from strings (but for Lit's own), addresses of others. */
function strangersIn({ fileName, code, modules }: Chunk): string[] {
  const parsers = Object.keys(modules).filter((id) => id.includes('/valibot/'))
  const html = Object.entries(modules).filter(
    ([id, module]) => !id.endsWith('/lit-html.js') && /\b(inner|outer)HTML\b/.test(module.code ?? ''),
  )
  const urls = (code.match(/\bhttps?:\/\/[\w.-]+/g) ?? []).filter((url) => url !== 'http://www.w3.org')
  return [
    ...parsers.map((id) => `${fileName}: ${relative(root, id)} does not belong into a page`),
    ...html.map(([id]) => `${fileName}: ${relative(root, id)} makes HTML from strings`),
    ...urls.map((url) => `${fileName}: an address of somebody else, ${url}`),
  ]
}
