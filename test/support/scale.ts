/** How much: `npm test` runs the short set, `npm run test:faults` the long one. */
const isLong = process.env.CHATTER_FAULTS === 'long'

/** The number of this run. */
export const scaled = (short: number, long: number): number => (isLong ? long : short)

/** Seeds 1, 2 and on. */
export const seeds = (short: number, long: number): number[] =>
  Array.from({ length: scaled(short, long) }, (_, index) => index + 1)
