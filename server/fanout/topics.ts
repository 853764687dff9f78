/** Every topic name there is. A topic is where something is told: to a room's members, or to all sockets of one user. */
export type Topics = {
  room(id: string): string
  user(id: string): string
}

/** Where nodes tell each other whom they hold. No socket listens there. */
export const nodesTopic = 'nodes'

/** Whose topic that is; undefined where it is nobody's. */
export function userOf(topic: string): { tenant: string; user: string } | undefined {
  const named = partsOf(topic, '/user/')
  return named && { tenant: named.tenant, user: named.id }
}

/** Which room's topic that is; undefined where it is none's. */
export function roomOf(topic: string): { tenant: string; room: string } | undefined {
  const named = partsOf(topic, '/room/')
  return named && { tenant: named.tenant, room: named.id }
}

function partsOf(topic: string, kind: string): { tenant: string; id: string } | undefined {
  const end = Math.max(0, topic.indexOf('/'))
  return topic.startsWith(kind, end)
    ? { tenant: topic.slice(0, end), id: topic.slice(end + kind.length) }
    : undefined
}

/** The topics of one tenant. Tenant ids hold no slash, so two tenants never share a name. */
export function topicsFor(tenant: string): Topics {
  return new TenantTopics(tenant)
}

/** A class and no closures: every session holds one. */
class TenantTopics implements Topics {
  readonly #tenant: string

  constructor(tenant: string) {
    this.#tenant = tenant
  }

  room(id: string): string {
    return `${this.#tenant}/room/${id}`
  }

  user(id: string): string {
    return `${this.#tenant}/user/${id}`
  }
}
