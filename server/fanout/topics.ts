declare const brand: unique symbol

/** The name of a topic, unique over all tenants. They are made and taken apart here only. */
export type TopicName = string & { readonly [brand]: never }

/**
 * The topics of one tenant. To a topic is delivered what concerns a room's members, or all sockets of one user. To a
 * room go the same bytes for every member: what differs by reader goes to the user, stands in a `me` of their own
 * answer, or is asked for.
 */
export type Topics = {
  room(id: string): TopicName
  user(id: string): TopicName
}

/** Where each node says what all others need to know of it. No socket listens there … */
export const nodesTopic = 'nodes' as TopicName

/** … nor where one node is told something by others. */
export const nodeTopic = (node: string): TopicName => `nodes ${node}` as TopicName

/** Whether nodes speak to each other there. Topics of tenants hold a slash. */
export const isOfNodes = (topic: string): boolean => !topic.includes('/')

/** Whether it is the topic of a user. */
export function isOfUser(topic: string): boolean {
  return topic.startsWith('user/', topic.indexOf('/') + 1)
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

  room(id: string): TopicName {
    return `${this.#tenant}/room/${id}` as TopicName
  }

  user(id: string): TopicName {
    return `${this.#tenant}/user/${id}` as TopicName
  }
}
