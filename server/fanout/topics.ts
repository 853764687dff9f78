/** Every topic name there is. A topic is where something is told: to a room's members, or to all sockets of one user. */
export type Topics = {
  room(id: string): string
  user(id: string): string
}

/** Where nodes tell each other whom they hold. No socket listens there. */
export const nodesTopic = 'nodes'

/** Whose topic that is; undefined where it is nobody's. */
export function userOf(topic: string): { tenant: string; user: string } | undefined {
  const tenant = topic.slice(0, Math.max(0, topic.indexOf('/')))
  const start = tenant.length + '/user/'.length
  return topic.startsWith('/user/', tenant.length) ? { tenant, user: topic.slice(start) } : undefined
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
