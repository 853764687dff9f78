/** Packages that only some need, so that nobody has to install all of them. The names are those of package.json. */
const optional: Readonly<Record<string, string>> = {
  'better-sqlite3': 'SQLite',
  pg: 'Postgres',
  ioredis: 'Redis',
  'prom-client': 'CHATTER_METRICS',
}

/** What was asked for needs a package that is not installed: the message is one line that says which, and how to get it. */
export class MissingPackage extends Error {}

/**
 * What `imported` resolves to.
 * @throws MissingPackage where an optional package is not there, or has not been built for this machine
 */
export async function withPackages<T>(imported: Promise<T>): Promise<T> {
  return imported.catch((error: NodeJS.ErrnoException) => {
    const [, name = ''] = /^Cannot find (?:package|module) '([^']+)'/.exec(error.message) ?? []
    const use = optional[name]
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || use === undefined) throw error
    throw new MissingPackage(
      `${use} needs the package ${name}, which is not installed: npm install ${name}`,
      {
        cause: error,
      },
    )
  })
}
