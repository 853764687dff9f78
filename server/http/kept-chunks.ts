import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/** A page that is open longer than that is asked too much of. */
const keptMs = 30 * 86_400_000
const chunkFolder = 'chatter-chunks'
/** A script under a name of its own, and its compressed forms. A few hundred bytes each: they are kept for good. */
const lastingScript = /^chatter\.[0-9a-f]{12}\.js/

/**
 * Pages that are open while the widget is replaced go on asking for chunks of the build they began with. This copies the
 * chunks of a build beside those of earlier ones, which are kept for 30 days after they were last seen as the newest.
 * @param widget folder of a built widget
 * @param kept folder of the kept ones, which `assets` serves, too
 */
export function keepChunks(widget: string, kept: string, now: number): void {
  const from = join(widget, chunkFolder)
  if (!existsSync(from)) return
  // Pages that name the hash of the script ask for that very one.
  mkdirSync(kept, { recursive: true })
  const scripts = readdirSync(widget).filter((name) => lastingScript.test(name))
  for (const name of scripts)
    if (!existsSync(join(kept, name))) copyFileSync(join(widget, name), join(kept, name))
  const to = join(kept, chunkFolder)
  mkdirSync(to, { recursive: true })
  const list = join(kept, 'newest.json')
  // Until now they were the newest, however long ago they were copied.
  const before: string[] = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : []
  const newest = readdirSync(from)
  for (const name of newest) if (!existsSync(join(to, name))) copyFileSync(join(from, name), join(to, name))
  for (const name of [...before, ...newest]) {
    if (existsSync(join(to, name))) utimesSync(join(to, name), now / 1000, now / 1000)
  }
  for (const name of readdirSync(to)) {
    if (now - statSync(join(to, name)).mtimeMs > keptMs) rmSync(join(to, name))
  }
  writeFileSync(list, JSON.stringify(newest))
}
