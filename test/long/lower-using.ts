/**
 * Preloaded where tests run under a Node that does not know `using`: a test that says it is rewritten without it as it is
 * loaded. The server says nothing that the oldest Node does not understand, and runs as it is.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { transformSync } from 'esbuild'

const tests = pathToFileURL(join(import.meta.dirname, '..', '/')).href

registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith(tests) || !url.endsWith('.ts')) return nextLoad(url, context)
    const sourcefile = fileURLToPath(url)
    const source = readFileSync(sourcefile, 'utf8')
    if (!/^\s*(await )?using /m.test(source)) return nextLoad(url, context)
    const { code } = transformSync(source, {
      loader: 'ts',
      target: 'node22',
      sourcefile,
      sourcemap: 'inline',
    })
    return { format: 'module', source: code, shortCircuit: true }
  },
})
