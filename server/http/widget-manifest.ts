import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a page may name of a built widget: addresses are below where the server answers. */
export type WidgetManifest = {
  readonly version: string
  /** The newest, whatever it is: under this name always. */
  readonly script: string
  /** The same for pages that cannot have a module. */
  readonly classic: string
  /** This very script: it never changes. Pages that name `integrity` load this one. */
  readonly lasting: { readonly script: string; readonly integrity: string }
  /** What it loads when it is wanted. The browser checks none of these against a hash. */
  readonly chunks: readonly string[]
}

/** Undefined where nothing is built in the folder. */
export function widgetManifest(folder: string, version: string): WidgetManifest | undefined {
  if (!existsSync(join(folder, 'chatter.js'))) return undefined
  const isScript = (name: string) => name.endsWith('.js')
  const code = readFileSync(join(folder, 'chatter.js'))
  const hash = createHash('sha256').update(code).digest('hex').slice(0, 12)
  return {
    version,
    script: 'chatter.js',
    classic: 'chatter.iife.js',
    lasting: {
      script: `chatter.${hash}.js`,
      integrity: `sha384-${createHash('sha384').update(code).digest('base64')}`,
    },
    chunks: readdirSync(join(folder, 'chatter-chunks'))
      .filter(isScript)
      .sort()
      .map((name) => `chatter-chunks/${name}`),
  }
}
