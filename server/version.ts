/** The version of Chatter, as package.json says it: in the log, in `healthz`, in metrics and on the command line. */
export const version = '0.1.0'
