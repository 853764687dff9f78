import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Echo } from '../../../server/fanout/redis/echo.ts'

/** So many ticks pass; the first that says it was silent for too long ends it. */
function ticksUntilSilent(echo: Echo, most = 100): number | undefined {
  for (let tick = 1; tick <= most; tick++) if (echo.tick()) return tick
  return undefined
}

function anEchoThatIsUp(): Echo {
  const echo = new Echo()
  echo.hear(echo.next())
  return echo
}

describe('a node that listens to itself', () => {
  it('is up as soon as a heartbeat of its own comes back, and says so once', () => {
    const echo = new Echo()
    assert.equal(echo.isUp, false)
    assert.equal(echo.hear(echo.next()), true)
    assert.equal(echo.isUp, true)
    assert.equal(echo.hear(echo.next()), false)
  })

  it('is up for ever while heartbeats come back', () => {
    const echo = anEchoThatIsUp()
    for (let count = 0; count < 100; count++) {
      echo.hear(echo.next())
      assert.equal(ticksUntilSilent(echo, 2), undefined)
    }
    assert.equal(echo.isUp, true)
  })

  it('is down after two and a half seconds of silence', () => {
    const echo = anEchoThatIsUp()
    assert.equal(ticksUntilSilent(echo), 5)
    assert.equal(echo.isUp, false)
  })

  it('may take four seconds to come up, and is then to connect anew, again and again', () => {
    const echo = anEchoThatIsUp()
    ticksUntilSilent(echo)
    assert.deepEqual([ticksUntilSilent(echo), ticksUntilSilent(echo)], [8, 8])
  })

  it('connections that fail meanwhile do not put that off', () => {
    const echo = new Echo()
    for (let tick = 0; tick < 7; tick++) {
      echo.lose()
      assert.equal(echo.tick(), false)
    }
    echo.lose()
    assert.equal(echo.tick(), true)
  })

  it('is down at once when a connection is lost, and no earlier heartbeat brings it up', () => {
    const echo = anEchoThatIsUp()
    const early = echo.next()
    echo.lose()
    assert.equal(echo.isUp, false)
    assert.equal(echo.hear(early), false)
    assert.equal(echo.isUp, false)
    assert.equal(echo.hear(echo.next()), true)
  })

  it('is not up by heartbeats that come back seconds late', () => {
    const echo = anEchoThatIsUp()
    const sent = [echo.next(), echo.next(), echo.next(), echo.next()]
    ticksUntilSilent(echo, 4)
    for (const late of sent.slice(0, 1)) echo.hear(late)
    assert.equal(echo.tick(), true)
  })

  it('knows how long ago it last heard itself', () => {
    const echo = anEchoThatIsUp()
    assert.ok(echo.ageMs >= 0)
    const before = echo.ageMs
    while (echo.ageMs === before);
    echo.hear(echo.next())
    assert.ok(echo.ageMs < 60_000)
  })
})
