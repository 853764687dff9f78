/**
 * custom-elements.json: what editors, type generators and the tables of the docs know of the element. The analyzer
 * reads it off the class and its JSDoc, and the parts off the files that draw them; here it is cut down to what is
 * public, under the one name by which a page imports it.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { create, ts } from '@custom-elements-manifest/analyzer/index.js'
import { litPlugin } from '@custom-elements-manifest/analyzer/src/features/framework-plugins/lit/lit.js'

export type Named = { readonly name: string; readonly description?: string; readonly default?: string }
export type Typed = Named & { readonly type?: { readonly text: string } }
export type Attribute = Typed & { readonly fieldName?: string }
export type Member = Typed & {
  readonly kind: 'field' | 'method'
  readonly privacy?: string
  readonly static?: boolean
  readonly readonly?: boolean
  readonly attribute?: string
  readonly parameters?: readonly (Typed & { readonly optional?: boolean })[]
  readonly return?: { readonly type: { readonly text: string } }
}
export type EventClass = Named & { readonly kind: 'class'; readonly members?: readonly Member[] }
export type Element = EventClass & {
  readonly members: readonly Member[]
  readonly attributes: readonly Attribute[]
  readonly events: readonly Typed[]
  readonly slots: readonly Named[]
  readonly cssParts: readonly Named[]
  readonly cssProperties: readonly Named[]
  readonly cssStates: readonly Named[]
}

export const tagName = 'chatter-widget'

const script = 'dist/widget/chatter.js'
const root = join(import.meta.dirname, '..')

/** The element and the classes of its events, as their sources describe them. */
export function describe(): { element: Element; events: readonly EventClass[] } {
  const [element, written] = [litPlugin(), []].flatMap(
    (plugins) => classesIn('widget/chatter-widget.ts', plugins) as Element[],
  )
  if (!element || !written) throw new Error('widget/chatter-widget.ts has no class')
  const typed = new Map(written.attributes.map(({ name, type }) => [name, type]))
  const attributes = element.attributes.map((one) => {
    // The property's type may be only a name, the JSDoc of the attribute spells it out.
    const type = typed.get(one.name) ?? one.type
    return trimmed({ ...one, ...(type && { type }) })
  })
  const isPublic = ({ privacy, static: isStatic }: Member) => privacy !== 'private' && !isStatic
  const members = element.members.filter(isPublic).map((one) => documented(one, attributes))
  const fired = new Set(element.events.map(({ type }) => type?.text))
  const events = (
    ['widget/events.ts', 'widget/chat-events.ts'].flatMap((file) => classesIn(file)) as EventClass[]
  ).filter(({ name }) => fired.has(name))
  const cssParts = [...element.cssParts, ...partsOfElements()]
  return { element: { ...element, attributes, members, cssParts }, events }
}

/** A part that only one file draws is documented there, in the comment at its head. */
function partsOfElements(): Named[] {
  const paths = globSync('widget/elements/**/*.ts', { cwd: root }).sort()
  return paths.flatMap((path) =>
    [...readFileSync(join(root, path), 'utf8').matchAll(/^ \* @csspart ([a-z-]+) - (.+)$/gm)].map(
      ([, name = '', description = '']) => ({ description, name }),
    ),
  )
}

/** The text of custom-elements.json. */
export function manifest(): string {
  const { element, events } = describe()
  const declaration = { name: element.name, module: script }
  const described = {
    schemaVersion: '1.0.0',
    readme: 'docs/embedding.md',
    modules: [
      {
        kind: 'javascript-module',
        path: script,
        declarations: [
          { ...element, tagName },
          ...events.map((one) => ({ ...one, superclass: { name: 'Event' } })),
        ],
        exports: [
          { kind: 'js', name: element.name, declaration },
          { kind: 'custom-element-definition', name: tagName, declaration },
        ],
      },
    ],
  }
  return `${JSON.stringify(described, undefined, 2)}\n`
}

function classesIn(path: string, plugins: readonly unknown[] = []): unknown[] {
  const text = readFileSync(join(root, path), 'utf8')
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true)
  const { modules } = create({ modules: [source], plugins })
  const found = modules.flatMap(({ declarations = [] }) => declarations as { kind: string }[])
  return found.filter(({ kind }) => kind === 'class')
}

/** A property says what its attribute says. */
function documented(member: Member, attributes: readonly Attribute[]): Member {
  const { description } = attributes.find(({ fieldName }) => fieldName === member.name) ?? {}
  return trimmed({ ...(description && { description }), ...member })
}

/** Without the line breaks of the source, which mean nothing. */
function trimmed<T extends Named>(one: T): T {
  return one.description ? { ...one, description: one.description.replace(/\s*\n\s*/g, ' ') } : one
}
