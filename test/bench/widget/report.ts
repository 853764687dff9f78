/** Chatter's medians beside the best peer of each row. */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { median } from '../result.ts'
import { rounded } from '../table.ts'
import { type Figure, type Figures, figures, type Scene } from './visit.ts'

export type Measured = {
  readonly scene: Scene
  /** By the contender's name, one for each round. */
  readonly found: ReadonlyMap<string, readonly Figures[]>
}

export type Row = {
  readonly scene: Scene
  readonly what: string
  readonly chatter: Cell
  /** The best of the others, the bare list aside. */
  readonly best: Cell & { readonly name: string }
  readonly bare: Cell
  readonly ratio: number
  readonly budget: number
  readonly isMet: boolean
}
type Cell = { readonly median: number; readonly least: number; readonly most: number }

/** The size of a room is the size of what it shows: no more than the others', whoever shows fewer rows. */
const small = 50
/** Rooms of fifty messages may cost a little more than elsewhere, larger ones nothing. */
const budgets = { small: 1.3, large: 1 }
/** Less than a frame of the fastest screens is nothing that anybody sees, nor is a dropped frame or two. */
const leastRatio: Partial<Record<Figure, number>> = { dropped: 2, worstKey: 16 }

export function rowsOf(measured: readonly Measured[]): Row[] {
  return measured.flatMap(({ scene, found }) =>
    (Object.keys(figures) as Figure[]).flatMap((figure) => {
      const cells = [...found].map(([name, all]) => ({ name, ...cellOf(all, figure) }))
      const chatter = cells.find(({ name }) => name === 'Chatter')
      const bare = cells.find(({ name }) => name === 'bare list')
      const peers = cells.filter((cell) => cell !== chatter && cell !== bare && Number.isFinite(cell.median))
      const [best] = peers.sort((one, other) => one.median - other.median)
      if (!chatter || !bare || !best || !Number.isFinite(chatter.median)) return []
      const budget = scene.count <= small ? budgets.small : budgets.large
      const floor = leastRatio[figure] ?? 0
      const ratio = Math.max(chatter.median, floor) / Math.max(best.median, floor)
      return [{ scene, what: figures[figure], chatter, best, bare, ratio, budget, isMet: ratio <= budget }]
    }),
  )
}

function cellOf(all: readonly Figures[], figure: Figure): Cell {
  const values = all.flatMap((one) => one[figure] ?? [])
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) }
}

/** In Markdown, which a terminal shows well enough. */
export function asTable(rows: readonly Row[]): string {
  const head =
    '| messages | CPU | | Chatter | best peer | bare list | ratio | asked |\n| --- | --- | --- | --- | --- | --- | --- | --- |'
  return [head, ...rows.map(line)].join('\n')
}

function line({ scene, what, chatter, best, bare, ratio, budget, isMet }: Row): string {
  const cells = [
    rounded(scene.count),
    scene.throttle === 1 ? '' : `${scene.throttle} × slower`,
    what,
    shown(chatter),
    `${shown(best)} ${best.name}`,
    shown(bare),
    rounded(ratio),
    `≤ ${budget}${isMet ? '' : ' **missed**'}`,
  ]
  return `| ${cells.join(' | ')} |`
}

function shown({ median, least, most }: Cell): string {
  return `${rounded(median)} (${rounded(least)}–${rounded(most)})`
}

const docs = join(import.meta.dirname, '../../../docs/speed.md')
const place = /(?<=<!-- bench:widget -->\n).*?(?=\n<!-- end -->)/s

/** Between its two marks in docs/speed.md. */
export function writeDocs(
  rows: readonly Row[],
  { browser, rounds }: { browser: string; rounds: number },
): void {
  const date = new Date().toISOString().slice(0, 10)
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'an unknown processor'}`
  const told = `Measured on ${date} with ${browser} on ${machine}: medians of ${rounds} rounds, least and most beside them.`
  const before = readFileSync(docs, 'utf8')
  if (!place.test(before)) throw new Error('docs/speed.md has no place for the table')
  writeFileSync(
    docs,
    before.replace(place, () => `\n${told}\n\n${asTable(rows)}\n`),
  )
}
