import type { Unsubscribe } from '@tidemark/base'

export interface Listeners {
  subscribe(listener: () => void): Unsubscribe
  notify(): void
}

/** One that throws is reported and does not stop the others. */
export function createListeners(threw: (error: unknown) => void): Listeners {
  const listeners = new Set<{ readonly call: () => void }>()
  return {
    subscribe(call) {
      // The same function may be subscribed twice.
      const listener = { call }
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    notify() {
      for (const { call } of [...listeners]) {
        try {
          call()
        } catch (error) {
          threw(error)
        }
      }
    },
  }
}
