/** Every topic name there is. A topic is where something is told: to a room's members, or to all sockets of one user. */
export type Topics = {
  room(id: string): string
  user(id: string): string
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
