/** Not a measure of speed, only the end of something that hangs. */
const deadlineMs = 120_000

/** Waits for something; when it does not come in time, the error says how far it came. */
export async function withDeadline<T>(state: () => string, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`waited too long: ${state()}`)), deadlineMs)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
