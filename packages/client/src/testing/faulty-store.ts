import { type DocumentId, TidemarkError } from '@tidemark/base'
import type { ReplicaChange, ReplicaStore, Written } from '../store/replica-store.ts'

/** A store that is as slow and as broken as a test wants it. */
export interface FaultyStore extends ReplicaStore {
  readonly changes: ReplicaChange[]
  load: ReplicaStore['load']
  write: ReplicaStore['write']
  /** Writes that have begun and not ended. */
  readonly underWay: number
  /** Writes wait until `release`. */
  hold(): void
  release(): void
  /** The store as one page sees it: after `kill`, nothing that the page asks for happens any more. */
  page(): { readonly store: ReplicaStore; kill(): void }
  /** Every call fails until `mend`. */
  fail(): void
  mend(): void
}

/** Counts as persistent: the tests' devices outlive their pages. */
export function createFaultyStore(store: ReplicaStore, persistent = true): FaultyStore {
  const changes: ReplicaChange[] = []
  let held: (() => void)[] | null = null
  let isFailing = false
  let underWay = 0

  function guard<T>(call: () => Promise<T>): Promise<T> {
    return isFailing ? Promise.reject(new TidemarkError('store/failed', 'as the test wants it')) : call()
  }

  function begin(document: DocumentId, change: ReplicaChange): Promise<Written> {
    const run = (): Promise<Written> =>
      guard(() => {
        changes.push(change)
        return store.write(document, change)
      })
    if (!held) return run()
    return new Promise((resolve, reject) => {
      held?.push(() => void run().then(resolve, reject))
    })
  }

  const whole: FaultyStore = {
    ...store,
    persistent,
    page() {
      let isAlive = true
      const never = <T>(): Promise<T> => new Promise(() => {})
      return {
        store: {
          ...whole,
          load: (document) => (isAlive ? whole.load(document) : never()),
          loadOutbox: (document, known) => (isAlive ? whole.loadOutbox(document, known) : never()),
          write: (document, change) => (isAlive ? whole.write(document, change) : never()),
        },
        kill() {
          isAlive = false
        },
      }
    },
    changes,
    load: (document) => guard(() => store.load(document)),
    loadOutbox: (document, known) => guard(() => store.loadOutbox(document, known)),
    get underWay() {
      return underWay
    },
    write(document, change) {
      underWay++
      return begin(document, change).finally(() => underWay--)
    },
    hold() {
      held ??= []
    },
    release() {
      const waiting = held ?? []
      held = null
      for (const run of waiting) run()
    },
    fail() {
      isFailing = true
    },
    mend() {
      isFailing = false
    },
  }
  return whole
}
