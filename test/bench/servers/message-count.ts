import pg from 'pg'

/** Counts the messages of a Postgres database, on a connection of its own. */
export class MessageCount implements AsyncDisposable {
  readonly #client: pg.Client

  private constructor(client: pg.Client) {
    this.#client = client
  }

  static async open(url: string): Promise<MessageCount> {
    const client = new pg.Client(url)
    await client.connect()
    return new MessageCount(client)
  }

  async now(): Promise<number> {
    const { rows } = await this.#client.query('SELECT count(*)::int AS count FROM messages')
    return rows[0].count
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client.end()
  }
}
