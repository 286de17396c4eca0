import type { TidemarkError } from '@tidemark/base'

export interface Waiters {
  /** Resolves when `isDone` says so at a `check`. */
  wait(isDone: () => boolean): Promise<void>
  check(): void
  fail(error: TidemarkError): void
}

/** Promises that wait for a condition. A rejection that nobody looks at is not reported as unhandled. */
export function createWaiters(): Waiters {
  let waiting: { isDone: () => boolean; resolve: () => void; reject: (error: TidemarkError) => void }[] = []
  return {
    wait(isDone) {
      const promise = new Promise<void>((resolve, reject) => {
        if (isDone()) resolve()
        else waiting.push({ isDone, resolve, reject })
      })
      promise.catch(() => {})
      return promise
    },
    check() {
      if (waiting.length === 0) return
      const rest = waiting.filter(({ isDone }) => !isDone())
      const done = waiting.filter((waiter) => !rest.includes(waiter))
      waiting = rest
      for (const { resolve } of done) resolve()
    },
    fail(error) {
      const failed = waiting
      waiting = []
      for (const { reject } of failed) reject(error)
    },
  }
}
