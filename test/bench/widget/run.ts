// What `npm run bench:widget` runs: the widget beside other chats of npm and a bare list, in Chromium, each figure in fresh
// pages, in turn. `-- 50 5000` measures only rooms of these sizes, `--quick` once instead of three times. `--write` puts
// the result into docs/speed.md. Exits with 1 where a row missed what is asked for.
import { launch } from 'puppeteer-core'
import { findChromium } from '../../support/find.ts'
import { race } from '../rounds.ts'
import { type ContenderName, contenders, prepare, servePages } from './pages.ts'
import { asTable, type Measured, rowsOf, writeDocs } from './report.ts'
import { type Figures, type Scene, visit } from './visit.ts'

const scenes: readonly Scene[] = [50, 1_000, 5_000].flatMap((count) => [
  { count, throttle: 1 },
  { count, throttle: 4 },
])
/** Who takes longer for one thing is no match, and is not waited for again. */
const most = 45_000

const asked = process.argv.slice(2)
const counts = asked.filter((argument) => !argument.startsWith('-')).map(Number)
const rounds = asked.includes('--quick') ? 1 : 3

prepare()
await using pages = await servePages()
const browser = await launch({
  executablePath: findChromium(),
  protocolTimeout: most,
  // Some of the peers ask other hosts for fonts and emoji: that is no part of what is measured.
  args: ['--no-sandbox', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
})
const measured: Measured[] = []
const beaten = new Set<string>()
for (const scene of scenes) {
  if (counts.length > 0 && !counts.includes(scene.count)) continue
  const all = Object.keys(contenders).map((name) => ({
    name,
    measure: () => visited(name as ContenderName, scene),
  }))
  const found = await race<Figures, (typeof all)[number]>({ rounds }, all)
  measured.push({ scene, found: new Map([...found].map(([{ name }, figures]) => [name, figures])) })
  console.error(`${scene.count} messages, ${scene.throttle} × slower: done`)
}
const version = await browser.version()
await browser.close()

const rows = rowsOf(measured)
console.log(asTable(rows))
if (asked.includes('--write')) writeDocs(rows, { browser: version, rounds })
process.exitCode = rows.every(({ isMet }) => isMet) ? 0 : 1

/** Who cannot do it at all has no figures, and the others go on. */
async function visited(name: ContenderName, scene: Scene): Promise<Figures> {
  const place = `${name} with ${scene.count} messages, ${scene.throttle} × slower`
  if (beaten.has(place)) return {}
  try {
    return await visit(browser, pages, name, scene)
  } catch (error) {
    beaten.add(place)
    console.error(`${place}: ${error}`)
    return {}
  }
}
