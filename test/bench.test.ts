/** The bench itself: that each row runs and counts right, however fast the machine is. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type WebSocket, WebSocketServer } from 'ws'
import { chatterWire } from './bench/client/dialect.ts'
import { Peer, Tally } from './bench/client/peer.ts'
import { isMet, quick, type Result } from './bench/result.ts'
import { compare } from './bench/rounds.ts'
import { rows } from './bench/rows/all.ts'
import { table } from './bench/table.ts'
import { scaled } from './support/scale.ts'

/** How many comparisons each row makes in its quickest form. */
const comparisons: Readonly<Record<string, number>> = {
  burst: 2,
  lone: 1,
  crowd: 3,
  pairs: 2,
  nodes: 1,
  'nodes-scale': 3,
  durable: 1,
  postgres: 3,
  history: 3,
  reactions: 4,
  migration: 1,
  arranged: 1,
  connects: 4,
  idle: 4,
  storm: 6,
  start: 3,
  scanner: 1,
  webhooks: 3,
}

/** Those that take seconds. The others start thousands of sockets, or clusters: they are for the long run. */
const short = ['burst', 'lone', 'pairs', 'durable', 'history', 'start', 'scanner']
const wanted = scaled(short, Object.keys(rows))

describe('a row', () => {
  for (const [name, row] of Object.entries(rows).filter(([name]) => wanted.includes(name))) {
    test(`${name} runs, and everything that was sent is stored and arrives`, async () => {
      const results = await row(quick)
      assert.equal(results.length, comparisons[name])
      for (const { what, against, ratios, faults } of results) {
        assert.deepEqual(faults, [], `${what} against ${against}`)
        assert.equal(ratios.length, 1)
        assert.ok(ratios.every(Number.isFinite), `${what} against ${against}: ${ratios}`)
      }
    })
  }
})

describe('the command', () => {
  test('prints a line for each comparison, and ends well', async () => {
    const { code, output } = await bench('--quick', 'durable')
    assert.match(output, /^durable sends, batches of 50 +the same transaction, bare +[\d.,]+ /m)
    assert.equal(code, 0)
  })

  test('names the rows there are when it is asked for another', async () => {
    const { code, output } = await bench('nonesuch')
    assert.match(output, /no row nonesuch: there are burst, lone, .*start/)
    assert.equal(code, 2)
  })
})

describe('a peer', () => {
  const heard = async (seqs: readonly number[], tally = new Tally()) => {
    await using server = await teller(seqs)
    const peer = new Peer({ port: server.port, dialect: chatterWire, token: '' }, tally)
    peer.isFree = true
    await peer.gone
    return { faults: tally.faults, delivered: tally.delivered, hasHole: peer.hasHole }
  }

  test('takes messages in their order, from whichever on', async () => {
    assert.deepEqual(await heard([7, 8, 9]), { faults: [], delivered: 3, hasHole: false })
  })

  test('notices a message that is lost', async () => {
    assert.deepEqual((await heard([1, 3])).faults, ['message 3 came after 1'])
  })

  test('notices a message that comes twice', async () => {
    assert.deepEqual((await heard([1, 2, 2])).faults, ['message 2 came after 2'])
  })

  test('lets messages overtake one another where they may', async () => {
    const any = new Tally({ isOrdered: false })
    assert.deepEqual(await heard([2, 3, 1, 4], any), { faults: [], delivered: 4, hasHole: false })
  })

  test('counts a message once that may come twice, and was late', async () => {
    const healed = new Tally({ isOrdered: false, mayRepeat: true })
    assert.deepEqual(await heard([1, 3, 2, 3, 2], healed), { faults: [], delivered: 3, hasHole: false })
    assert.equal(healed.repeated, 2)
  })

  test('notices there too what comes twice, and what is lost', async () => {
    const any = () => new Tally({ isOrdered: false })
    assert.deepEqual((await heard([2, 1, 1], any())).faults, ['message 1 came after 2'])
    assert.deepEqual((await heard([3, 3], any())).faults, ['message 3 came after 0'])
    assert.equal((await heard([1, 3], any())).hasHole, true)
  })
})

describe('the verdict', () => {
  const result = (more: Partial<Result>): Result => ({
    ...compare({ what: 'this', unit: 'm/s', budget: { atLeast: 2 } }, figures(6, 9, 8), figures(2, 3, 4)),
    ...more,
  })

  test('is that of the median of the ratios', () => {
    assert.deepEqual(result({}).ratios, [3, 3, 2])
    assert.equal(isMet(result({ budget: { atLeast: 3 } })), true)
    assert.equal(isMet(result({ budget: { atLeast: 3.1 } })), false)
    assert.equal(isMet(result({ budget: { atMost: 3 } })), true)
    assert.equal(isMet(result({ budget: { atMost: 2.9 } })), false)
  })

  test('is bad whatever the speed when something was lost, and the table says what', () => {
    const bad = result({ faults: ['Chatter: stored 3 of 4'] })
    assert.equal(isMet(bad), false)
    assert.match(table([bad]), /MISSED[\s\S]*this against the other: Chatter: stored 3 of 4/)
  })

  test('asks for nothing where a ratio is only shown', () => {
    assert.equal(isMet(result({ budget: 'none' })), true)
    assert.doesNotMatch(table([result({ budget: 'none' })]), /MISSED|ok/)
  })
})

const figures = (...of: number[]) => ({ name: 'the other', figures: of })

function bench(...args: string[]): Promise<{ code: number | string; output: string }> {
  const program = join(import.meta.dirname, 'bench', 'run.ts')
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: `${stdout}${stderr}` }),
    )
  })
}

/** Welcomes whoever comes, sends them messages of these numbers, and closes. */
async function teller(seqs: readonly number[]): Promise<{ readonly port: number } & AsyncDisposable> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', (ws: WebSocket) => {
    ws.once('message', () => {
      ws.send('{"t":"ready"}')
      const id = '00000000-0000-7000-8000-000000000000'
      for (const seq of seqs) ws.send(JSON.stringify({ t: 'message', message: { id, roomId: id, seq } }))
      ws.close()
    })
  })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}
