/** Tokens live an hour at most; the host's clock and ours may differ by two minutes. */
export const longestSeconds = 3600
export const skewSeconds = 120
/** No token of before that is valid after so long. */
export const longestTokenMs = (longestSeconds + 2 * skewSeconds) * 1000
