import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'

/**
 * Runs everything that promises have waiting, now. Between two events of a world nothing may be left half done: a
 * promise callback that slipped behind the next event would make the order depend on how often somebody awaited.
 *
 * V8's own checkpoint does this without leaving the call stack in about 10 ns; a hop through the event loop costs a
 * microsecond and makes every step asynchronous. The checkpoint does nothing when called from inside a microtask, so
 * a world runs from a macrotask: `fromMacrotask`.
 */
export const drainMicrotasks: () => void = nativeCheckpoint()

/** Calls `run` from a macrotask, where `drainMicrotasks` works, and resolves with its result. */
export function fromMacrotask<T>(run: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        assertDrains()
        resolve(run())
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)))
      }
    })
  })
}

function nativeCheckpoint(): () => void {
  // The flag stays on: V8 may drop the compiled function when it ages, and must be able to compile it again.
  setFlagsFromString('--allow-natives-syntax')
  return runInThisContext('() => %PerformMicrotaskCheckpoint()') as () => void
}

function assertDrains(): void {
  let drained = false
  void Promise.resolve()
    .then(() => Promise.resolve())
    .then(() => {
      drained = true
    })
  drainMicrotasks()
  if (!drained) throw new Error('this version of Node does not let the simulator drain microtasks')
}
