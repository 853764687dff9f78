/**
 * chatter.iife.js, for pages that cannot have a module: a classic script that imports the one beside it. What the page asked for
 * before it came, by the stub of docs/embedding.md, happens when the element is there. It is built by itself, and imports
 * nothing: so it is a script, and its names are nobody's.
 */
;(() => {
  type Call = readonly [method: string, ...args: readonly unknown[]]
  type Caller = ((...call: Call) => unknown) & { readonly q?: ArrayLike<Call> }
  const page = window as unknown as { chatter?: Caller }
  const tag = 'chatter-widget'
  // Only while this script is first run does the page know which it is.
  const { src } = document.currentScript as HTMLScriptElement
  // Where the page has something of that id or name, this is that.
  const waiting = typeof page.chatter === 'function' ? page.chatter.q : undefined

  const isRead = new Promise<unknown>((resolve) => {
    if (document.readyState !== 'loading') resolve(0)
    else document.addEventListener('DOMContentLoaded', resolve)
  })
  const isLoaded = import(/* @vite-ignore */ new URL('chatter.js', src).href).catch((error: unknown) => {
    // biome-ignore lint/suspicious/noConsole: only the page's owner can do something about it.
    console.error(`${tag}: the script beside ${src} was not loaded`, error)
    throw error
  })

  /** The page's element, made where there is none. */
  function create(attributes: object): Element {
    const found = document.querySelector(tag)
    const element = found ?? document.createElement(tag)
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value))
    if (!found) document.body.append(element)
    return element
  }

  async function call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    await Promise.all([isLoaded, isRead])
    if (method === 'create') return create(args[0] ?? {})
    const found = document.querySelector(tag)
    if (!found) throw new Error(`${tag}: ${method} was asked for, and the page has no <${tag}>`)
    if (method === 'on') return found.addEventListener(args[0] as string, args[1] as EventListener)
    const asked = (found as unknown as Record<string, unknown>)[method]
    if (typeof asked !== 'function') throw new Error(`${tag}: it has no method ${method}`)
    return asked.apply(found, args)
  }

  /** Answers a promise. Most pages never look at it: what failed stands in the console. */
  const chatter: Caller = (...call_) => {
    const done = call(...call_)
    // biome-ignore lint/suspicious/noConsole: as above.
    done.catch((error: unknown) => console.error(error instanceof Error ? error.message : error))
    return done
  }
  page.chatter = chatter
  for (const one of Array.from(waiting ?? [])) chatter(...(Array.from(one) as unknown as Call))
})()
