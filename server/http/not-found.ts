import type { MiddlewareHandler, NotFoundHandler } from 'hono'
import { METHOD_NAME_ALL } from 'hono/router'
import { Problem } from '../protocol/problems.ts'
import { descriptionOf } from './described.ts'
import { answerProblem } from './problem-answers.ts'

const otherMethod = { status: 405, title: 'it is there, and takes other methods' } as const

type KnownRoute = { readonly method: string; readonly path: string; readonly handler: object }

/** For what no route answers: 404, or 405 where routes of that path take other methods. To clients both are `not_found`. */
export function notFoundIn(routesOf: () => readonly KnownRoute[]): NotFoundHandler {
  return (c) => {
    const { method, path } = c.req
    const allowed = methodsAt(routesOf(), path)
    if (allowed.length === 0) return answerProblem(c, new Problem('not_found', `no ${method} ${path} here`))
    const names = allowed.join(', ')
    c.header('Allow', names)
    return answerProblem(
      c,
      new Problem('not_found', `no ${method} ${path} here: expected ${names}`),
      otherMethod,
    )
  }
}

/** For what anybody may ask: nobody is told to sign in who asks for it by another method. Preflights go on. */
export function otherMethodsIn(routesOf: () => readonly KnownRoute[]): MiddlewareHandler {
  let open: readonly KnownRoute[] | undefined
  return (c, next) => {
    open ??= routesOf().filter(({ handler }) => descriptionOf(handler)?.for === 'anybody')
    const { method, path } = c.req
    const allowed = methodsAt(open, path)
    const isOther = allowed.length > 0 && method !== 'OPTIONS' && !allowed.includes(method)
    return isOther ? Promise.resolve(c.notFound()) : next()
  }
}

function methodsAt(routes: readonly KnownRoute[], path: string): string[] {
  const here = routes.filter((route) => route.method !== METHOD_NAME_ALL && isAt(route.path, path))
  // Hono answers HEAD wherever it answers GET.
  const methods = here.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  return [...new Set(methods)].toSorted()
}

/** Files, whose names are patterns, are none of these. */
function isAt(route: string, path: string): boolean {
  const [own, asked] = [route.split('/'), path.split('/')]
  return own.length === asked.length && own.every((part, at) => part === asked[at] || /^:\w+$/.test(part))
}
