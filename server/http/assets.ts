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

/**
 * The widget's files. Chunks carry a hash in their name and never change. `chatter.js` names them, so it is asked for anew
 * each time: an old one would name chunks that a new build no longer has.
 */
export function assets(folder: string | undefined): Hono {
  const app = new Hono().use('/chatter.js', forEverySite).use('/chatter-chunks/*', forEverySite)
  if (folder === undefined || !existsSync(join(folder, 'chatter.js'))) {
    return app.get('/chatter.js', (c) =>
      c.text('The widget is not built: run `npm run build`.\n', 503, { 'Retry-After': '5' }),
    )
  }
  const files = serveStatic({
    root: folder,
    precompressed: true,
    rewriteRequestPath: (path) => path.slice(path.search(/chatter(\.js|-chunks\/)/)),
    onFound(path, c) {
      const isChunk = path.includes('chatter-chunks')
      c.header('Cache-Control', isChunk ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  return app.get('/chatter.js', etag({ retainedHeaders }), files).get('/chatter-chunks/*', files)
}
