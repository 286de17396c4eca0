import { type ChildProcess, fork } from 'node:child_process'
import type { RunSeed, SeedRun } from '../campaign.ts'

/** The same file beside this one, compiled or not. */
const workerFile = new URL(import.meta.url.replace(/workers\.(\w+)$/, 'seed-worker.$1'))

export interface Worker {
  readonly run: RunSeed
  close(): void
}

/** Starts a process that runs seeds, each once or twice, with the flags of this one. */
export function startWorker(times: 1 | 2): Worker {
  const child = fork(workerFile, [String(times)], { serialization: 'advanced' })
  return { run: (seed) => ask(child, seed), close: () => child.disconnect() }
}

/** Rejects when the process ends before it has answered. */
function ask(child: ChildProcess, seed: number): Promise<SeedRun> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new Error(`the worker ended with ${code} at seed ${seed}`))
    child.once('exit', ended)
    child.once('message', (answer) => {
      child.off('exit', ended)
      resolve(answer as SeedRun)
    })
    child.send(seed)
  })
}
