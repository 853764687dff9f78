const { CHATTER_SCALE, CHATTER_SEED } = process.env

/** How much: `npm test` runs the short set, `npm run test:long` the long one. */
const isLong = CHATTER_SCALE === 'long'

/** What makes a test run the long set: for the environment of its process. */
export const long = { CHATTER_SCALE: 'long' } as const

/** What this run takes of the two. */
export const scaled = <T>(short: T, long: T): T => (isLong ? long : short)

/** Seeds 1, 2 and on. */
export const seeds = (short: number, long: number): number[] =>
  Array.from({ length: scaled(short, long) }, (_, index) => index + 1)

/** What chance goes by where every run tries something new. CHATTER_SEED plays another run's chance again. */
export const newSeed = CHATTER_SEED === undefined ? Date.now() % 2 ** 31 : Number(CHATTER_SEED)
