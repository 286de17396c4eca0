import type { TidemarkError } from '@tidemark/base'
import type { Append, Receipt, UpdateLog } from '@tidemark/log'

/** A log whose appends a test can hold back, fail, or answer when it likes. Everything else goes straight through. */
export interface FaultyLog extends UpdateLog {
  /** From now on appends reach the log but their answers wait. */
  hold(): void
  /** Answers what waits, in order, and holds no more. */
  release(): void
  /** The next `count` appends fail with `error` and do not reach the log. */
  failAppends(error: TidemarkError, count?: number): void
  /** The next calls of `method` reject with `error`. */
  failNext(
    method: 'load' | 'create' | 'read' | 'readSnapshot' | 'judge' | 'writeSnapshot' | 'trim',
    error: Error,
  ): void
  readonly appends: readonly Append[]
}

export function createFaultyLog(log: UpdateLog): FaultyLog {
  let held: (() => void)[] | null = null
  let failing: { error: TidemarkError; left: number } | null = null
  const failures = new Map<string, Error>()
  const appends: Append[] = []

  function append(document: string, appended: Append): Promise<Receipt> {
    appends.push(appended)
    const answer = failing ? Promise.reject(takeFailure()) : log.append(document, appended)
    if (!held) return answer
    return new Promise((resolve, reject) => {
      held?.push(() => {
        answer.then(resolve, reject)
      })
      answer.catch(() => {})
    })
  }

  function takeFailure(): TidemarkError {
    const { error } = failing as { error: TidemarkError }
    if (failing && --failing.left === 0) failing = null
    return error
  }

  function failingCall<T>(method: string, call: () => Promise<T>): Promise<T> {
    const error = failures.get(method)
    failures.delete(method)
    return error ? Promise.reject(error) : call()
  }

  return {
    appends,
    hold: () => {
      held ??= []
    },
    release: () => {
      const waiting = held ?? []
      held = null
      for (const answer of waiting) answer()
    },
    failAppends: (error, count = 1) => {
      failing = { error, left: count }
    },
    failNext: (method, error) => {
      failures.set(method, error)
    },
    append,
    load: (document) => failingCall('load', () => log.load(document)),
    create: (document, lineage) => failingCall('create', () => log.create(document, lineage)),
    read: (document, after, bytesMax) => failingCall('read', () => log.read(document, after, bytesMax)),
    readSnapshot: (document) => failingCall('readSnapshot', () => log.readSnapshot(document)),
    writeSnapshot: (document, lineage, snapshot) =>
      failingCall('writeSnapshot', () => log.writeSnapshot(document, lineage, snapshot)),
    trim: (document, lineage, through) => failingCall('trim', () => log.trim(document, lineage, through)),
    judge: (document, cursor) => failingCall('judge', () => log.judge(document, cursor)),
    issued: (cursor) => log.issued(cursor),
    delete: (document) => log.delete(document),
    list: (after, limit) => log.list(after, limit),
    close: () => log.close(),
  }
}
