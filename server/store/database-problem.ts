/** The database cannot be used: the message is one line for the operator. */
export class DatabaseProblem extends Error {}

/** There is none where it was looked for, and none was made. */
export class NoDatabase extends DatabaseProblem {}
