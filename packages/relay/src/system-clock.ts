import type { Clock } from '@tidemark/base'

/** The real time of a Node process. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    // What keeps a relay's process alive are its sockets.
    timer.unref()
    return () => clearTimeout(timer)
  },
  // The check phase of this very turn: after all sockets that had something to read.
  turn: (run) => {
    setImmediate(run)
  },
}
