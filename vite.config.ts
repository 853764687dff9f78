/**
 * Builds the widget: `chatter.js` under a name that stays, and chunks that carry a hash in theirs. `chatter.js` itself
 * is a few hundred bytes that name the chunks, so a page fetches everything else once per version.
 */
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { minify } from 'terser'
import { defineConfig, type Plugin } from 'vite'
import { keepChunks } from './server/http/kept-chunks.ts'

/** What every page loads. The rest waits until it is wanted. */
const element =
  /widget\/(chatter-widget|chat-controller|chunks|frame|launcher|load-chunk|latest|events|language|page|version|locale\/(count|launcher|locales|plural))|lit-html\.js|lit-element|css-tag|reactive-element/

export default defineConfig({
  publicDir: false,
  plugins: [
    earlierChunks(),
    smallTemplates(),
    plainImport(),
    modernBrowsers(),
    withoutRuntime(),
    smallest(),
    classicScript(),
    lastingEntry(),
    compressed(),
  ],
  build: {
    target: ['chrome125', 'firefox128', 'safari18'],
    outDir: 'dist/widget',
    emptyOutDir: true,
    // It would put <link> elements into the page's head.
    modulePreload: false,
    rolldownOptions: {
      input: { chatter: 'widget/index.ts' },
      preserveEntrySignatures: 'strict',
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: 'chatter-chunks/[name]-[hash].js',
        generatedCode: { symbols: false },
        codeSplitting: {
          groups: [
            { name: 'element', test: element },
            { name: 'chat', test: /widget\/(chat-events|chat|net\/(?!guest))|server\/protocol\/(?!names)/ },
            // With all that it needs, so that it is one fetch. What lazy chunks share with it, too: they are loaded by it.
            {
              name: 'panel',
              test: /widget\/elements\/(panel\/panel\.ts|icons|isolated|format|avatar|keyboard\/keys)|server\/protocol\/names|lit-html\/(directive|async)|lit\/directives/,
            },
            // Of menus, and of what is said about rooms.
            { name: 'menu', test: /widget\/elements\/(menu|timeline\/described)|locale\/en-rooms/ },
          ],
        },
      },
    },
  },
})

/** The build that is about to be replaced stays beside the new one: pages that are open go on asking for its chunks. */
function earlierChunks(): Plugin {
  let folder = ''
  return {
    name: 'earlier-chunks',
    apply: 'build',
    configResolved({ root, build }) {
      folder = resolve(root, build.outDir)
    },
    buildStart() {
      keepChunks(folder, `${folder}-kept`, Date.now())
    },
  }
}

/** A dynamic import is one: Vite's own wrapper looks for style sheets to load before, and there are none. */
function plainImport(): Plugin {
  return {
    name: 'plain-import',
    enforce: 'pre',
    load: (id) =>
      id.endsWith('vite/preload-helper.js') ? 'export const __vitePreload = (load) => load()' : undefined,
  }
}

/**
 * Every browser of `target` shares style sheets and has what Lit can be taught: its way round for those that do not is left
 * out, and so is the list of its versions, which only its own warnings read.
 */
function modernBrowsers(): Plugin {
  const asksBrowser = /(?<=\be=)t\.ShadowRoot&&.*?CSSStyleSheet\.prototype/
  const hooks = /\w+(\.litElementHydrateSupport)?\?\.\(\{LitElement:\w\}\)/g
  const versions = /(\w\?\.\([^()]*\),)?\(\w\.\w+Versions\?\?=\[\]\)\.push\("[\d.]+"\)/
  return {
    name: 'modern-browsers',
    enforce: 'pre',
    transform(code, id) {
      if (id.endsWith('/css-tag.js')) return code.replace(asksBrowser, 'true')
      return /\/(lit-html|lit-element|reactive-element)\.js$/.test(id)
        ? code.replace(hooks, '0').replace(versions, '0')
        : undefined
    },
  }
}

/** Takes comments and white space out of css`…`, and indentation out of html`…`: a space there means as much as ten. */
function smallTemplates(): Plugin {
  return {
    name: 'small-templates',
    enforce: 'pre',
    transform(code, id) {
      if (id.endsWith('.styles.ts')) return code.replace(/(?<=\bcss`)[^`]*/g, smaller)
      return id.endsWith('.ts') ? code.replace(/\n +/g, '\n') : undefined
    },
  }
}

/** The bundler's own few bytes would be a chunk of their own, fetched after those that import it: they go into these. */
function withoutRuntime(): Plugin {
  const namespace = '(all)=>new Proxy(all,{get:(all,name)=>all[name]?.()})'
  return {
    name: 'without-runtime',
    generateBundle(_options, bundle) {
      const runtime = Object.keys(bundle).find((name) => name.includes('rolldown-runtime')) ?? ''
      delete bundle[runtime]
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk' || !chunk.imports.includes(runtime)) continue
        chunk.imports = chunk.imports.filter((name) => name !== runtime)
        chunk.code = chunk.code.replace(
          /import\s*\{\s*\w+ as (\w+)\s*\}\s*from\s*"[^"]*rolldown-runtime[^"]*";/,
          (_all, name) => `const ${name}=${namespace};`,
        )
        if (chunk.code.includes('rolldown-runtime')) throw new Error('expected one import of the runtime')
      }
    },
  }
}

/** A second pass over what Vite has minified: it shortens private names, Terser shortens the rest. */
function smallest(): Plugin {
  return {
    name: 'smallest',
    async generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue
        const compress = {
          passes: 6,
          hoist_funs: true,
          pure_getters: true,
          unsafe_arrows: true,
          unsafe_methods: true,
        }
        const { code } = await minify(chunk.code, { module: true, ecma: 2020, compress })
        chunk.code = code ?? chunk.code
      }
    },
  }
}

/** For pages that cannot have a module (widget/classic.ts): by itself, because it must import nothing. */
function classicScript(): Plugin {
  return {
    name: 'classic-script',
    async generateBundle() {
      const built = await rolldown({ input: 'widget/classic.ts' })
      const { output } = await built.generate({ format: 'iife', codeSplitting: false })
      const { code } = await minify(output[0].code, { ecma: 2020, compress: { passes: 3 } })
      this.emitFile({ type: 'asset', fileName: 'chatter.iife.js', source: code ?? output[0].code })
      await built.close()
    },
  }
}

/** The entry once more, under a name that says what is in it: for pages that name its hash, too (SRI). */
function lastingEntry(): Plugin {
  return {
    name: 'lasting-entry',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const entry = bundle['chatter.js']
        if (entry?.type !== 'chunk') throw new Error('expected the entry to be chatter.js')
        const hash = createHash('sha256').update(entry.code).digest('hex').slice(0, 12)
        this.emitFile({ type: 'asset', fileName: `chatter.${hash}.js`, source: entry.code })
      },
    },
  }
}

/** Each file once more, compressed as far as it goes: the server sends what the browser takes. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    generateBundle: {
      // Vite itself writes into the chunks at the end.
      order: 'post',
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          const { fileName } = file
          const code = file.type === 'chunk' ? file.code : file.source
          this.emitFile({ type: 'asset', fileName: `${fileName}.br`, source: brotliCompressSync(code) })
          this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source: gzipSync(code, { level: 9 }) })
        }
      },
    },
  }
}

function smaller(sheet: string): string {
  return sheet
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};]) ?/g, '$1')
    .replace(/([:,]) /g, '$1')
    .replace(/(?<![\w.])0\.(?=\d)/g, '.')
    .replaceAll(';}', '}')
}
