/** `npm run keep-build -- NAME`: keeps the build in `dist` for the tests of later versions. The name is a date. */
import { keepBuild } from './kept-builds.ts'

const [name = ''] = process.argv.slice(2)
if (/^\d{4}-\d\d-\d\d$/.test(name)) {
  console.log(`test/builds/${name}.json.gz: ${Math.round(keepBuild(name) / 1024)} kB`)
} else {
  console.error(`keep-build: expected a date like 2026-11-29, got ${JSON.stringify(name)}`)
  process.exitCode = 2
}
