import type { Clock, Unsubscribe } from '@tidemark/base'
import type { StatusCode, StatusLine } from './status.ts'

/** How long something good must have been true before it is said. */
export const settleMs = 400

/** What is said only once it has lasted: where a replica comes to rest. */
const restingCodes: readonly StatusCode[] = ['saved', 'offline', 'offline-on-device', 'read-only']

/**
 * Keeps the status from flickering at every keystroke, and a screen reader from reading it aloud: what is worse is
 * said at once, what is better after it has lasted. So it is never above the fact [STA1].
 */
export function createCalmStatus(
  after: Clock['after'],
  show: (line: StatusLine) => void,
): (line: StatusLine) => void {
  let shown: StatusLine | null = null
  let settling: Unsubscribe | null = null

  function say(line: StatusLine): void {
    settling = null
    shown = line
    show(line)
  }

  return (line) => {
    settling?.()
    settling = null
    if (line.code === shown?.code) return
    const canWait = shown !== null && restingCodes.includes(line.code) && !restingCodes.includes(shown.code)
    if (canWait) settling = after(settleMs, () => say(line))
    else say(line)
  }
}
