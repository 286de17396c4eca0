import type { Worker } from 'node:worker_threads'
import { type Clock, type ErrorCode, TidemarkError, type Unsubscribe } from '@tidemark/base'
import { startWorker } from '@tidemark/base/worker'
import type { CompactedSnapshot, CompactJob, DifferencesJob, Replayer, ReplaySource } from './replayer.ts'

export interface WorkerReplayerDeps {
  readonly clock: Clock
  readonly limits: {
    /** Jobs that wait. */
    readonly replayJobsMax: number
    readonly replayMsMax: number
  }
  /** A job took too long or took its thread down; the thread has been replaced. */
  readonly onRestarted: (message: string) => void
}

/** What the worker is asked. Source and results are copied between the threads. */
export type ReplayRequest =
  | { readonly kind: 'compact'; readonly job: CompactJob }
  | { readonly kind: 'differences'; readonly job: DifferencesJob }
  | { readonly kind: 'digest'; readonly job: ReplaySource }

export type ReplayResponse =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }

interface Job {
  readonly request: ReplayRequest
  readonly resolve: (result: never) => void
  readonly reject: (error: TidemarkError) => void
}

/**
 * The replayer in a thread of its own, one job at a time. A document that takes Yjs too long costs its own job only: the
 * thread is killed and the next job gets a new one.
 */
export function createWorkerReplayer(deps: WorkerReplayerDeps): Replayer {
  return new WorkerReplayer(deps)
}

class WorkerReplayer implements Replayer {
  readonly #deps: WorkerReplayerDeps
  readonly #jobs: Job[] = []
  #running: { readonly job: Job; readonly cancelTimeout: Unsubscribe } | null = null
  #worker: Worker | null = null
  #closed = false

  constructor(deps: WorkerReplayerDeps) {
    this.#deps = deps
  }

  compact(job: CompactJob): Promise<CompactedSnapshot> {
    return this.#enqueue({ kind: 'compact', job })
  }

  differences(job: DifferencesJob): Promise<readonly Uint8Array[]> {
    return this.#enqueue({ kind: 'differences', job })
  }

  digest(job: ReplaySource): Promise<Uint8Array> {
    return this.#enqueue({ kind: 'digest', job })
  }

  async close(): Promise<void> {
    this.#closed = true
    const error = new TidemarkError('relay/draining', 'the relay is closed')
    for (const job of this.#jobs.splice(0)) job.reject(error)
    this.#finish((job) => job.reject(error))
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
  }

  #enqueue<T>(request: ReplayRequest): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) return reject(new TidemarkError('relay/draining', 'the relay is closed'))
      if (this.#jobs.length >= this.#deps.limits.replayJobsMax) {
        return reject(
          new TidemarkError('relay/overloaded', 'too many documents wait to be read', {
            retryAfterMs: 2_000,
          }),
        )
      }
      this.#jobs.push({ request, resolve, reject })
      this.#next()
    })
  }

  #next(): void {
    if (this.#running) return
    const job = this.#jobs.shift()
    if (!job) return this.#worker?.unref()
    const { clock, limits } = this.#deps
    const cancelTimeout = clock.after(limits.replayMsMax, () =>
      this.#lost(`no result within ${limits.replayMsMax} ms`),
    )
    this.#running = { job, cancelTimeout }
    this.#worker ??= this.#startWorker()
    this.#worker.ref()
    this.#worker.postMessage(job.request)
  }

  #startWorker(): Worker {
    const worker = startWorker(new URL('./replayer-worker.js', import.meta.url))
    worker.on('message', (response: ReplayResponse) => this.#answered(response))
    // A thread that was replaced may still report its end.
    worker.on('error', (error) => worker === this.#worker && this.#lost(String(error)))
    worker.on('exit', () => worker === this.#worker && this.#lost('the thread ended'))
    return worker
  }

  #answered(response: ReplayResponse): void {
    this.#finish((job) => {
      if (response.kind === 'done') job.resolve(response.result as never)
      else job.reject(new TidemarkError(response.code, response.message))
    })
    this.#next()
  }

  #lost(message: string): void {
    const worker = this.#worker
    this.#worker = null
    void worker?.terminate()
    this.#deps.onRestarted(message)
    this.#finish((job) => job.reject(new TidemarkError('relay/overloaded', message)))
    if (!this.#closed) this.#next()
  }

  #finish(settle: (job: Job) => void): void {
    const running = this.#running
    if (!running) return
    this.#running = null
    running.cancelTimeout()
    settle(running.job)
  }
}
