/** Several servers on one Postgres and one Redis, each behind lines that can fail, and a balancer in front of them. */
import type { PostgresServer } from '../support/postgres.ts'
import { Line } from '../support/proxy.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import type { Host } from './host.ts'
import { type Health, NodeProcess, type Program } from './node.ts'
import { until } from './until.ts'

/** A server and the lines it hangs on. */
export type Member = {
  readonly program: Program
  readonly node: NodeProcess
  readonly toRedis: Line
  readonly toPostgres: Line
}

/** It knows nothing of the channels of one database, and is heard only by its counters. */
const oldestBuild: Program = 'build 2026-11-29'

export type Cluster = AsyncDisposable & {
  /** Every server that was ever part of it, the first one first. */
  readonly members: readonly Member[]
  /** Where clients go: a balancer sends them to the servers in turn, past those that do not listen. */
  readonly url: string
  readonly front: Line
  /** The database, past all lines. */
  readonly databaseUrl: string
  /** Adds a server, and waits until all hear each other. */
  join(program?: Program, host?: Host): Promise<Member>
  readonly redis: {
    /** Of the process that runs now, past all lines. */
    readonly url: string
    kill(): Promise<void>
    /** Comes back empty, where it was. */
    start(): Promise<void>
    /** Stands still until `resume`: connections stay, and nothing answers. */
    pause(): void
    resume(): void
  }
  /** Waits until these servers, or all that run, say of themselves that it is so. */
  saying(health: Partial<Health>, members?: readonly Member[]): Promise<void>
  /** What an operator would not want to see of any server. */
  complaints(): string[]
}

/** Servers of these kinds, on a database of their own. */
export async function aCluster(
  postgres: PostgresServer,
  programs: readonly Program[] = ['sound', 'sound'],
): Promise<Cluster> {
  const databaseUrl = await postgres.newDatabase()
  const members: Member[] = []
  const lines: Line[] = []
  let redis: RedisServer | undefined = await startRedis()
  const { port, url: redisUrl } = redis
  let turn = 0
  const front = await Line.open(() => {
    const there = running().map(({ node }) => ({ port: node.port, host: node.address }))
    const first = turn++ % Math.max(1, there.length)
    return [...there.slice(first), ...there.slice(0, first)]
  })

  async function start(program: Program = 'sound', host?: Host): Promise<Member> {
    const here = host?.address('back', 'outside') ?? '127.0.0.1'
    const toRedis = await Line.open(() => [{ port }], here)
    const toPostgres = await Line.open(() => [{ port: postgres.port }], here)
    lines.push(toRedis, toPostgres)
    const settings = {
      HOST: host?.address('front', 'inside') ?? '127.0.0.1',
      DATABASE_URL: databaseUrl.replace(`127.0.0.1:${postgres.port}/`, `${here}:${toPostgres.port}/`),
      REDIS_URL: `redis://${here}:${toRedis.port}`,
    }
    const prefix = host?.prefix ?? []
    return { program, node: await NodeProcess.start({ program, settings, prefix }), toRedis, toPostgres }
  }

  const running = () => members.filter(({ node }) => node.isRunning)

  async function isSaid(expected: Partial<Health>, asked: readonly Member[] = running()): Promise<boolean> {
    const said = await Promise.all(asked.map(({ node }) => node.health()))
    return said.every((health) => JSON.stringify({ ...health, ...expected }) === JSON.stringify(health))
  }

  /** Before that, one that dies is missed by nobody. */
  const knowEachOther = () =>
    until(async () => {
      const isKnowing = (member: Member) => isSaid({ peers: peersOf(member).length }, [member])
      return (await Promise.all(running().map(isKnowing))).every(Boolean)
    }, 'all servers to hear each other')

  const peersOf = (member: Member) =>
    running().filter(
      (other) => other !== member && (other.program !== oldestBuild || member.program === oldestBuild),
    )

  async function end(): Promise<void> {
    await front[Symbol.asyncDispose]()
    await Promise.all(members.map(({ node }) => node.kill()))
    for (const line of lines) await line[Symbol.asyncDispose]()
    await redis?.stop()
  }

  try {
    members.push(...(await Promise.all(programs.map((program) => start(program)))))
    await knowEachOther()
  } catch (error) {
    await end()
    throw error
  }
  return {
    members,
    url: `http://127.0.0.1:${front.port}/`,
    front,
    databaseUrl,
    async join(program, host) {
      const member = await start(program, host)
      members.push(member)
      await knowEachOther()
      return member
    },
    redis: {
      url: redisUrl,
      async kill() {
        await redis?.stop()
        redis = undefined
      },
      async start() {
        redis = await startRedis({ port })
      },
      pause: () => void (redis && process.kill(redis.pid, 'SIGSTOP')),
      resume: () => void (redis && process.kill(redis.pid, 'SIGCONT')),
    },
    saying: (expected, asked) =>
      until(() => isSaid(expected, asked), `servers to say ${JSON.stringify(expected)}`),
    complaints: () => members.flatMap(({ node }) => node.complaints()),
    [Symbol.asyncDispose]: end,
  }
}
