/**
 * Where the element and its JSDoc differ: what a page can style, hear or set but is not documented, and what is
 * documented but does not exist.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ChatterWidget } from '../widget/chatter-widget.ts'
import { describe, type Named } from './manifest.ts'
import { fallbacksOf, styleSources } from './tokens.ts'

const root = join(import.meta.dirname, '..')

/** One line for each difference. */
export function undocumented(): string[] {
  const { element, events } = describe()
  const all = [...sources().values()].join('\n')
  const parts = partsIn(sources())
  return [
    ...missing('part', parts.written, element.cssParts),
    ...element.cssParts
      .filter(({ name }) => !parts.written.has(name) && !parts.computed.has(name))
      .map(({ name }) => `part ${name}: documented, but not in the widget`),
    ...differences('token', names(all, /(--chatter-[a-z-]+)/g), element.cssProperties),
    ...element.cssProperties.flatMap(wrongDefault),
    ...differences('event', names(all, /super\('(chatter-[a-z-]+)'/g), element.events),
    ...differences('slot', names(all, /<slot name="([a-z-]+)"/g), element.slots),
    ...differences('attribute', new Set(ChatterWidget.observedAttributes), element.attributes),
    ...differences('state', names(all, /#state\('([a-z-]+)'/g), element.cssStates),
    ...[
      ...element.attributes,
      ...element.members,
      ...events,
      ...events.flatMap(({ members = [] }) => members),
    ]
      .filter(({ description, name }) => !description && !isPlain(name))
      .map(({ name }) => `${name}: has no description`),
  ]
}

/** Fields of events whose name says all. */
const isPlain = (name: string) =>
  /^(userId|roomId|messageId|text|message|fault|total|byRoom|state|url|emoji)$/.test(name)

/** The widget's sources by path, without comments: the documentation is one. */
function sources(): Map<string, string> {
  const paths = globSync('widget/**/*.ts', { cwd: root })
  return new Map(
    paths.map((path) => [path, readFileSync(join(root, path), 'utf8').replace(/\/\*.*?\*\//gs, '')]),
  )
}

function names(text: string, pattern: RegExp): Set<string> {
  return new Set([...text.matchAll(pattern)].map(([, name = '']) => name))
}

/** Parts that stand in a template, and words that may be parts in a file that computes some. */
function partsIn(files: ReadonlyMap<string, string>): { written: Set<string>; computed: Set<string> } {
  const written = new Set<string>()
  const computed = new Set<string>()
  for (const text of files.values()) {
    for (const [named, value = named] of text.matchAll(/\bpart="([^"]*)"|(?<='part', ')[^']*(?=')/g)) {
      const words = value.replace(/\$\{[^}]*\}/g, ' ').split(/\s+/)
      for (const word of words) if (word) written.add(word)
    }
    if (!/\bpart=("[^"]*)?\$\{/.test(text)) continue
    for (const name of names(text, /'([a-z]+(?:-[a-z]+)*)'/g)) computed.add(name)
  }
  return { written, computed }
}

function differences(kind: string, real: ReadonlySet<string>, documented: readonly Named[]): string[] {
  const unreal = documented.filter(({ name }) => !real.has(name))
  return [
    ...missing(kind, real, documented),
    ...unreal.map(({ name }) => `${kind} ${name}: documented, but not in the widget`),
  ]
}

function missing(kind: string, real: ReadonlySet<string>, documented: readonly Named[]): string[] {
  const known = new Set(documented.map(({ name }) => name))
  const unknown = [...real].filter((name) => !known.has(name))
  return unknown.map((name) => `${kind} ${name}: in the widget, but not documented`)
}

function wrongDefault({ name, default: value }: Named): string[] {
  const real = fallbacksOf(name, styleSources())
  if (value === undefined || real.has(value)) return []
  return [`token ${name}: documented as ${value}, but it is ${[...real].join(' or ')}`]
}
