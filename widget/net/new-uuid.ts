/** A UUIDv7. `crypto.randomUUID` is missing where a page is served over plain http. */
export function newUuid(now: () => number = Date.now): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10))
  const [hi = 0, , lo = 0] = bytes
  bytes[0] = 0x70 | (hi & 0x0f)
  bytes[2] = 0x80 | (lo & 0x3f)
  const random = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const hex = now().toString(16).padStart(12, '0') + random
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
