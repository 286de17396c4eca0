import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A folder for a process that can be left without room. */
export interface SmallDisk {
  readonly kind: 'tmpfs' | 'file-size limit'
  /** Put before the command that is to see it. */
  readonly prefix: readonly string[]
  /** Where its files are for everybody else. */
  readonly outside: string
  /** No room any more. `pid`: the process that runs on it. */
  fill(pid: number): void
  makeRoom(pid: number): void
  /** Gone with all that is on it, when the processes that use it have ended. */
  close(): Promise<void>
}

/**
 * A tmpfs at `folder`, in a mount namespace of its own, where the system permits that (as root, or with user
 * namespaces); null where it does not. It outlives the processes that use it, and ends with this one, however that ends.
 */
export async function createTmpfs(folder: string, bytes: number): Promise<SmallDisk | null> {
  const asOthers = process.getuid?.() !== 0
  const mount = `mount -t tmpfs -o size=${bytes} tmpfs "$0" && echo mounted && exec cat`
  const unshare = [...(asOthers ? ['--map-root-user'] : []), '--mount', 'sh', '-c', mount, folder]
  const nsenter = ['nsenter', ...(asOthers ? ['--user', '--preserve-credentials'] : []), '--mount']
  // It keeps the namespace until its input ends.
  const keeper = spawn('unshare', unshare, { stdio: ['pipe', 'pipe', 'ignore'] })
  if (!(await saysMounted(keeper))) return null
  const prefix = [...nsenter, '--target', String(keeper.pid)]
  const disk = tmpfs(keeper, prefix, folder, bytes)
  if (spawnSync(prefix[0] as string, [...prefix.slice(1), 'true']).status === 0) return disk
  await disk.close()
  return null
}

function tmpfs(keeper: ChildProcess, prefix: readonly string[], folder: string, bytes: number): SmallDisk {
  const outside = join('/proc', String(keeper.pid), 'root', folder)
  const filler = join(outside, 'filler')
  return {
    kind: 'tmpfs',
    prefix,
    outside,
    fill: () => writeUntilFull(filler, bytes),
    makeRoom: () => rmSync(filler, { force: true }),
    async close() {
      if (keeper.exitCode !== null) return
      const exit = once(keeper, 'exit')
      keeper.stdin?.end()
      await exit
    },
  }
}

/**
 * Where no tmpfs can be mounted: a limit on the size of a running process's files. To a program that is no full disk but
 * a write that fails (EFBIG). Null where there is no `prlimit`.
 */
export function createFileSizeLimit(folder: string): SmallDisk | null {
  if (spawnSync('prlimit', ['--version']).status !== 0) return null
  const limit = (pid: number, soft: string): void =>
    void spawnSync('prlimit', ['--pid', String(pid), `--fsize=${soft}:unlimited`])
  return {
    kind: 'file-size limit',
    prefix: [],
    outside: folder,
    fill: (pid) => limit(pid, '1'),
    makeRoom: (pid) => limit(pid, 'unlimited'),
    close: () => Promise.resolve(),
  }
}

function saysMounted(keeper: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    keeper.stdout?.once('data', () => resolve(true))
    keeper.once('error', () => resolve(false))
    keeper.once('exit', () => resolve(false))
  })
}

/** Larger pieces first, so that the last free page is taken as well. */
function writeUntilFull(path: string, bytes: number): void {
  for (let piece = bytes; piece > 512; piece = Math.floor(piece / 2)) {
    try {
      for (;;) writeFileSync(path, new Uint8Array(piece), { flag: 'a' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
}
