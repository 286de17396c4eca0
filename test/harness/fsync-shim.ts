import { spawnSync } from 'node:child_process'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What an fsync does from now on. */
export type FsyncOrder = { readonly kind: 'ok' | 'fail' } | { readonly kind: 'slow'; readonly ms: number }

/** Stands between a process and its disk, and makes fsync fail or take its time. */
export class FsyncShim {
  /** For the process. */
  readonly env: Readonly<Record<string, string>>
  readonly #control: string

  constructor(library: string, control: string) {
    this.#control = control
    this.env = { LD_PRELOAD: library, FSYNC_CONTROL: control }
    this.order({ kind: 'ok' })
  }

  order(order: FsyncOrder): void {
    // Read by another process at any moment: whole, or not yet.
    writeFileSync(`${this.#control}.next`, order.kind === 'slow' ? `slow ${order.ms}` : order.kind)
    renameSync(`${this.#control}.next`, this.#control)
  }

  /** How often a call failed or was slow. */
  struck(kind: 'fail' | 'slow'): number {
    try {
      const lines = readFileSync(`${this.#control}.struck`, 'utf8').split('\n')
      return lines.filter((line) => line === kind).length
    } catch {
      return 0
    }
  }
}

const source = fileURLToPath(new URL('fsync-shim.c', import.meta.url))

/** Compiles it into `folder`; says why there is none where that is not possible. */
export function buildFsyncShim(folder: string): FsyncShim | { readonly skipped: string } {
  if (process.platform !== 'linux') return { skipped: `no LD_PRELOAD on ${process.platform}` }
  const library = join(folder, 'fsync-shim.so')
  const built = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source], { encoding: 'utf8' })
  if (built.error) return { skipped: 'no C compiler' }
  if (built.status !== 0)
    return { skipped: `the C compiler failed: ${built.stderr.trim().split('\n').at(0)}` }
  return new FsyncShim(library, join(folder, 'fsync-control'))
}
