import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { etag, RETAINED_304_HEADERS } from 'hono/etag'
import { createMiddleware } from 'hono/factory'
import { sayAnswerHeaders } from './answer-headers.ts'

/** Modules are fetched with CORS by every site that embeds them: unheard, an error of theirs would have no reason. */
const forEverySite = createMiddleware(async (c, next) => {
  sayAnswerHeaders(c, 'cross-origin')
  c.header('Access-Control-Allow-Origin', '*')
  c.header('Vary', 'Accept-Encoding')
  await next()
})
const retainedHeaders = [
  ...RETAINED_304_HEADERS,
  'access-control-allow-origin',
  'cross-origin-resource-policy',
  'x-content-type-options',
]

/** The script: the newest, the classic one, and those of builds of which a page names the hash. */
const script = ':script{chatter(\\.iife|\\.[0-9a-f]{12})?\\.js}'
const lasting = /chatter\.[0-9a-f]{12}\.js/

/** In a checkout `npm run build` puts the widget into dist/; a built server lies in there beside it. */
export function builtWidget(): string {
  const places = [
    ['..', 'widget'],
    ['..', '..', 'dist', 'widget'],
  ].map((path) => join(import.meta.dirname, ...path))
  return places.find((folder) => existsSync(join(folder, 'chatter.js'))) ?? places[1] ?? ''
}

/**
 * The widget's files. Chunks carry a hash in their name and never change, and so does a copy of the script. `chatter.js` names them, so it is asked for anew
 * each time. Pages that are open go on asking for chunks of an earlier build: those lie in the folders `kept`.
 */
export function assets(folder: string | undefined, kept: readonly string[] = []): Hono {
  const app = new Hono().use(`/${script}`, forEverySite).use('/chatter-chunks/*', forEverySite)
  if (folder === undefined || !existsSync(join(folder, 'chatter.js'))) {
    return app.get(`/${script}`, (c) =>
      c.text('The widget is not built: run `npm run build`.\n', 503, { 'Retry-After': '5' }),
    )
  }
  const filesIn = (root: string) =>
    serveStatic({
      root,
      precompressed: true,
      rewriteRequestPath: (path) => path.slice(path.search(/chatter(\.([a-z0-9]+\.)?js|-chunks\/)/)),
      onFound(path, c) {
        const isLasting = path.includes('chatter-chunks') || lasting.test(path)
        c.header('Cache-Control', isLasting ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    })
  app.get('/:script{chatter(\\.iife)?\\.js}', etag({ retainedHeaders }), filesIn(folder))
  for (const root of [folder, ...kept.filter(existsSync)]) {
    app.get('/chatter-chunks/*', filesIn(root))
    app.get('/:script{chatter\\.[0-9a-f]{12}\\.js}', filesIn(root))
  }
  return app
}
