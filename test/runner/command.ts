import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'

/** Where the project lies, and its commands run. */
export const root = join(import.meta.dirname, '..', '..')

export type CommandOptions = {
  readonly env?: NodeJS.ProcessEnv
  /** Not a measure of speed, only the end of what hangs. */
  readonly deadlineMs?: number
}

/** Runs a command that prints what it finds, and answers whether it ended well. The packages' own commands come first. */
export function succeeds(
  command: string,
  args: readonly string[],
  { env = {}, deadlineMs = 20 * 60_000 }: CommandOptions = {},
): Promise<boolean> {
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
  const child = spawn(command, args, {
    cwd: root,
    stdio: 'inherit',
    timeout: deadlineMs,
    env: { ...process.env, PATH: path, ...env },
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code === 0))
  })
}
