import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'

/** The widget's files. Chunks carry a hash in their name and never change; `chatter.js` names them and may. */
export function assets(folder: string | undefined): Hono {
  const app = new Hono()
  if (folder === undefined || !existsSync(join(folder, 'chatter.js'))) {
    return app.get('/chatter.js', (c) => c.text('The widget is not built: run `npm run build`.\n', 503))
  }
  const files = serveStatic({
    root: folder,
    rewriteRequestPath: (path) => path.slice(path.search(/chatter(\.js|-chunks\/)/)),
    onFound(path, c) {
      const isChunk = path.includes('chatter-chunks')
      c.header('Cache-Control', isChunk ? 'public, max-age=31536000, immutable' : 'public, max-age=300')
      // Modules are fetched with CORS by every site that embeds them.
      c.header('Access-Control-Allow-Origin', '*')
      c.header('X-Content-Type-Options', 'nosniff')
    },
  })
  return app.get('/chatter.js', files).get('/chatter-chunks/*', files)
}
