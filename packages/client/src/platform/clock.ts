import type { Clock } from '@tidemark/base'

/** The time of this browser or process. */
export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
    turn: createTurn(),
  }
}

/** Timers of 0 ms are stretched to 4, and to a second in the background; a message channel is not. */
function createTurn(): (run: () => void) => void {
  const { setImmediate } = globalThis as { setImmediate?: (run: () => void) => void }
  if (setImmediate) return (run) => setImmediate(run)
  const { port1, port2 } = new MessageChannel()
  const due: (() => void)[] = []
  port1.addEventListener('message', () => due.shift()?.())
  port1.start()
  return (run) => {
    due.push(run)
    port2.postMessage(0)
  }
}
