import assert from 'node:assert/strict'

/** What one scrape said: the value of each series, by its name with labels, and the type of each metric. */
export type Exposition = {
  readonly series: ReadonlyMap<string, number>
  readonly types: ReadonlyMap<string, string>
  /** The value of a series. Fails where there is none. */
  value(series: string): number
}

const name = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const label = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"'
const help = new RegExp(`^# HELP (${name}) (\\S.*)$`)
const type = new RegExp(`^# TYPE (${name}) (counter|gauge|histogram|summary)$`)
const sample = new RegExp(`^(${name})(?:\\{(?:${label}(?:,${label})*)?\\})? (\\S+)$`)
const parts: { readonly [type: string]: readonly string[] } = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
}

/**
 * Reads Prometheus' text format 0.0.4, strictly: each metric is one block of HELP, TYPE and its samples, no series comes
 * twice, every value is a number, the last line ends.
 */
export function readExposition(text: string): Exposition {
  assert.ok(text.endsWith('\n'), 'the last line has an end')
  const series = new Map<string, number>()
  const types = new Map<string, string>()
  let described = ''
  let metric = ''
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, helped] = help.exec(line) ?? []
    const [, typed, kind = ''] = type.exec(line) ?? []
    if (helped !== undefined) {
      described = helped
    } else if (typed !== undefined) {
      assert.equal(typed, described, `HELP before TYPE: ${line}`)
      assert.ok(!types.has(typed), `${typed} comes once`)
      types.set(typed, kind)
      metric = typed
    } else {
      const [, named, value = ''] = sample.exec(line) ?? assert.fail(`neither comment nor sample: ${line}`)
      const suffixes = parts[types.get(metric) ?? ''] ?? ['']
      assert.ok(
        suffixes.some((suffix) => named === metric + suffix),
        `${line} stands under ${metric}`,
      )
      const key = line.slice(0, -value.length - 1)
      assert.ok(!series.has(key), `${key} comes once`)
      const number = Number(value.replace(/^([+-])Inf$/, '$1Infinity'))
      assert.ok(!Number.isNaN(number) || /^nan$/i.test(value), line)
      series.set(key, number)
    }
  }
  return { series, types, value: (key) => series.get(key) ?? assert.fail(`no series ${key} in ${text}`) }
}
