import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system of its own that can be full. Only root may mount one. */
export type SmallDisk = Disposable & {
  readonly path: string
  /** Leaves no byte. */
  fill(): void
  /** Leaves what there was before. */
  empty(): void
  /** Nothing is written any more. */
  freeze(): void
}

/** Why there is none here: for `skip`. */
export const noSmallDisk: string | false =
  process.platform === 'linux' && process.getuid?.() === 0 && canMount()
    ? false
    : 'only root may mount a disk'

export function aSmallDisk(megabytes = 4): SmallDisk {
  const path = mount(megabytes)
  const ballast = join(path, 'ballast')
  return {
    path,
    fill() {
      const { bavail, bsize } = statfsSync(path)
      writeFileSync(ballast, Buffer.alloc(bavail * bsize))
    },
    empty: () => rmSync(ballast),
    freeze: () => void execFileSync('mount', ['-o', 'remount,ro', path]),
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', path])
      rmSync(path, { recursive: true, force: true })
    },
  }
}

function mount(megabytes: number): string {
  const path = mkdtempSync(join(tmpdir(), 'chatter-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path])
  return path
}

function canMount(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'chatter-disk-'))
  const { status } = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', path])
  if (status === 0) execFileSync('umount', ['-l', path])
  rmSync(path, { recursive: true, force: true })
  return status === 0
}
