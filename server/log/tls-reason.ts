/** Why OpenSSL gave up, if it did. Its own messages are full of its files and end with a line break. */
export function tlsReason(error: unknown): string | undefined {
  return error instanceof Error ? /:SSL routines:[^:]*:([^:\n]+)/.exec(error.message)?.[1] : undefined
}
