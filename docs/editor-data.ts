/**
 * What editors know of the element while somebody types it: VS Code reads two files of custom data, the JetBrains editors
 * one of web types. All three say what custom-elements.json does.
 * https://code.visualstudio.com/api/extension-guides/custom-data-extension, https://plugins.jetbrains.com/docs/intellij/websymbols-web-types.html
 */
import { describe, type Named, type Typed, tagName } from './manifest.ts'

type File = 'vscode.html-custom-data.json' | 'vscode.css-custom-data.json' | 'web-types.json'

/** The text of each file, for a version of the package. */
export function editorData(version: string): Readonly<Record<File, string>> {
  const { element } = describe()
  const { attributes, cssParts, cssProperties, events, slots, members } = element
  const summary = element.description ?? ''
  const properties = members.filter(({ kind }) => kind === 'field')
  const html = {
    version: 1.1,
    tags: [
      {
        name: tagName,
        description: summary,
        attributes: attributes.map((one) => ({
          ...named(one),
          values: wordsOf(one).map((name) => ({ name })),
        })),
      },
    ],
  }
  const css = {
    version: 1.1,
    properties: cssProperties.map(named),
    pseudoElements: cssParts.map((part) => ({ ...named(part), name: `::part(${part.name})` })),
  }
  const web = {
    $schema: 'https://raw.githubusercontent.com/JetBrains/web-types/master/schema/web-types.json',
    name: 'chatter-widget',
    version,
    'description-markup': 'markdown',
    contributions: {
      html: {
        elements: [
          {
            name: tagName,
            description: summary,
            attributes: attributes.map((one) => ({
              ...named(one),
              value: { type: one.type?.text ?? 'string' },
            })),
            slots: slots.map(named),
            js: {
              properties: properties.map((one) => ({ ...named(one), type: one.type?.text ?? 'unknown' })),
              events: events.map(named),
            },
            css: { properties: cssProperties.map(named), parts: cssParts.map(named) },
          },
        ],
      },
    },
  }
  return {
    'vscode.html-custom-data.json': written(html),
    'vscode.css-custom-data.json': written(css),
    'web-types.json': written(web),
  }
}

const named = ({ name, description = '' }: Named) => ({ name, description })

/** `"inline" | "launcher"`: what may stand there. */
function wordsOf({ type }: Typed): string[] {
  return [...(type?.text ?? '').matchAll(/["']([^"']+)["']/g)].map(([, word = '']) => word)
}

const written = (data: object) => `${JSON.stringify(data, undefined, 2)}\n`
