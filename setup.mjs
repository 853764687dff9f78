// Installs what a fresh clone lacks. npm runs it before its scripts, on whatever Node the machine has,
// so it is plain JavaScript and imports no package. With `--build` it also builds what dist/ lacks, or has of older sources.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('.', import.meta.url))
const bin = join(root, 'node_modules', '.bin')
const windows = process.platform === 'win32'

// npm puts node_modules/.bin first on the PATH, so its scripts run on the Node installed there; but while
// that folder is being replaced only the machine's own Node can be relied on.
const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
const whileInstalling = { ...process.env, PATH: folders.join(delimiter) }
const insideScripts = { ...process.env, PATH: [bin, ...folders].join(delimiter) }

function fail(message) {
  console.error(`setup: ${message}`)
  process.exit(1)
}

function readJson(...path) {
  try {
    return JSON.parse(readFileSync(join(root, ...path), 'utf8'))
  } catch {
    return undefined
  }
}

// npm writes the second lockfile last, so half an installation counts as none.
function isInstalled() {
  const wanted = readJson('package-lock.json')?.packages
  const found = readJson('node_modules', '.package-lock.json')?.packages
  if (!wanted) fail('package-lock.json is missing or broken')
  if (!found) return false
  const isAsWanted = ([path, release]) => {
    if (path === '') return true
    if (!found[path]) return release.optional === true
    return release.version === found[path].version && release.integrity === found[path].integrity
  }
  return Object.entries(wanted).every(isAsWanted)
}

function scriptsNode() {
  if (process.execPath.startsWith(join(root, 'node_modules'))) return process.versions.node
  const { stdout } = spawnSync('node', ['--version'], {
    env: insideScripts,
    encoding: 'utf8',
    shell: windows,
  })
  return stdout?.trim().slice(1) || 'nothing'
}

function isAtLeast(floor, version) {
  const [floorMajor, floorMinor] = floor.split('.').map(Number)
  const [major, minor] = version.split('.').map(Number)
  return major > floorMajor || (major === floorMajor && minor >= floorMinor)
}

function npm(...args) {
  const { status, stdout, stderr, error } = spawnSync('npm', [...args, '--no-audit', '--no-fund'], {
    cwd: root,
    env: whileInstalling,
    encoding: 'utf8',
    shell: windows,
    maxBuffer: 64 * 1024 * 1024,
  })
  return { isGood: status === 0, output: error?.message ?? `${stdout}${stderr}`.trim() }
}

function changedAt(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function isBuilt() {
  const folders = ['server', 'widget']
  // A folder changes when a file in it goes.
  const inFolders = folders.flatMap((folder) =>
    ['.', ...readdirSync(join(root, folder), { recursive: true })].map((path) => join(folder, path)),
  )
  const sources = [...inFolders, 'vite.config.ts', 'vite.server.config.ts', 'package-lock.json']
  const builtAt = Math.min(...['dist/server/cli.js', 'dist/widget/chatter.js'].map(changedAt))
  return sources.every((path) => changedAt(path) <= builtAt)
}

function must({ isGood, output }, what) {
  if (isGood) return
  console.error(output)
  fail(`${what} failed, see above`)
}

// `npm ci` refuses a lockfile that was written where the registry lacked packages for other platforms;
// `npm install --no-save` takes the same versions from it and adds only those.
function installPackages() {
  if (npm('ci', '--ignore-scripts').isGood) return
  must(npm('install', '--no-save', '--ignore-scripts'), 'npm install')
}

if (!isAtLeast('20.0', process.versions.node))
  fail(`needs Node 20 or newer to start, this is ${process.version}`)

const floor = readJson('package.json').engines.node.replace('>=', '')
const installed = isInstalled()
if (!installed || !isAtLeast(floor, scriptsNode())) {
  console.log('Installing dependencies…')
  if (!installed) installPackages()
  must(npm('rebuild', 'node'), 'npm rebuild node')
  // An older Node would not refuse better-sqlite3: it would crash.
  if (!isAtLeast(floor, scriptsNode()))
    fail(`npm scripts need Node ${floor} or newer, and find ${scriptsNode()}`)
}

if (process.argv.includes('--build') && !isBuilt()) {
  console.log('Building…')
  must(npm('run', 'build'), 'npm run build')
}
