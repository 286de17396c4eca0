import type { ScheduleTime } from './commit-schedule.ts'

/** The real time of a Node process. */
export const systemTime: ScheduleTime = {
  nowMs: () => performance.now(),
  turn: (run) => {
    setImmediate(run)
  },
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}
