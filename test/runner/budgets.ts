/** Minutes that each part of `npm test` may take on two cores. CONTRIBUTING.md has them with what to do about them. */
export const budgets = {
  static: 1.5,
  node: 6,
  faults: 3,
  browsers: 5,
  'end to end': 4,
} as const

/** As much as all parts together, and half a minute for the tools. */
export const wholeBudget = 20
