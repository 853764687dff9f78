/** Minutes that each part of `npm test` may take on two cores. CONTRIBUTING.md has them with what to do about them. */
export const budgets = {
  static: 1.5,
  node: 6,
  faults: 3,
  browsers: 3,
  'end to end': 4,
} as const

/** More than all parts together: a second browser is to come. */
export const wholeBudget = 20
