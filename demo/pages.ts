import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { SignJWT } from 'jose'
import { isLoopback } from './loopback.ts'
import { people } from './seed/people.ts'

/** The strictest policy a site is likely to have. The demo lives under it, so the widget's promise to do so is kept. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "require-trusted-types-for 'script'",
].join('; ')

/** Pages that say who is signed in. */
const templates = {
  '/': 'index.html',
  '/index.html': 'index.html',
  '/lounge.html': 'lounge.html',
  '/guest.html': 'guest.html',
}

/** The demo's site: its pages, and the endpoint where a real site would sign a token for its signed-in user. */
export function pages({ base, secret }: { base: string; secret: string }): Hono {
  const key = new TextEncoder().encode(secret)
  const site = new Hono().basePath(base)

  site.use(async (c, next) => {
    // A page of elsewhere that makes its name point to this machine must get no token.
    if (!isLoopback(new URL(c.req.url).hostname))
      return c.text('The demo answers on this machine only.\n', 403)
    await next()
    c.header('Content-Security-Policy', policy)
    c.header('X-Content-Type-Options', 'nosniff')
    c.header('Referrer-Policy', 'same-origin')
    c.header('Cache-Control', 'no-store')
  })

  // Who is signed in is the page's `?user=`, so that two windows can be two people. A real site asks its session.
  site.get('/chatter-token', async (c) => {
    const person = people.find(({ id }) => id === c.req.query('user'))
    if (!person) return c.text('Nobody is signed in.\n', 401)
    const { id, name, role } = person
    const jwt = new SignJWT({ name, about: role }).setProtectedHeader({ alg: 'HS256' }).setSubject(id)
    return c.text(await jwt.setIssuedAt().setExpirationTime('1h').sign(key))
  })

  site.get('/people.json', (c) => c.json(people))

  for (const [path, name] of Object.entries(templates))
    site.get(path, (c) => c.html(render(name, c.req.query())))
  const file = (path: string) => serveStatic({ root: import.meta.dirname, path })
  site.get('/:file{[a-z-]+\\.(html|css|js|svg)}', (c, next) => file(c.req.param('file'))(c, next))
  return site
}

/** Writes into a page who is signed in, as a site's own templates would. Only known values get in. */
function render(name: string, query: Readonly<Record<string, string>>): string {
  const oneOf = (value: string | undefined, [first = '', ...others]: readonly string[]) =>
    others.find((other) => other === value) ?? first
  const values: Readonly<Record<string, string>> = {
    strip: read('strip.html'),
    user: oneOf(
      query.user,
      people.map(({ id }) => id),
    ),
    // Of the page to which nobody is signed in, until its address says who.
    visitor: oneOf(query.user, ['nobody', ...people.map(({ id }) => id)]),
    lang: oneOf(query.lang, ['en', 'de', 'fr', 'ja', 'ar']),
    dir: oneOf(query.dir, ['ltr', 'rtl']),
    look: oneOf(query.look, ['house', 'none', 'lamp', 'ticket', 'comet']),
    scheme: oneOf(query.scheme, ['auto', 'light', 'dark']),
  }
  const fill = (html: string) => html.replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole)
  return fill(fill(read(name)))
}

const read = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8')
