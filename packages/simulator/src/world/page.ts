import type { Unsubscribe } from '@tidemark/base'

/** What a page's scripts find in the global scope, as far as those of this world need it. */
export interface Page {
  /** As `Process.after`. */
  after(delayMs: number, what: string, run: () => void): Unsubscribe
  /** Something was written to the console. */
  warned(text: string): void
}

/** The page whose script runs now. */
let current: Page | null = null

/** Runs a script of `page`: while it runs, and in the timers that it sets, the global timers are the page's. */
export function within<T>(page: Page, script: () => T): T {
  const before = current
  current = page
  try {
    return script()
  } finally {
    current = before
  }
}

interface Timer {
  cancel: Unsubscribe
}

/**
 * Globals that only the script of a page may use: engines are given what they need, code that was written for browsers
 * takes it. Null when no page's script runs.
 */
export const pageGlobals: Readonly<Record<string, (...args: never[]) => unknown>> = {
  setTimeout(script: () => void, delayMs = 0, ...args: never[]): Timer {
    const page = mustBeCurrent('setTimeout')
    return { cancel: page.after(delayMs, 'page timer', () => within(page, () => script(...(args as [])))) }
  },
  setInterval(script: () => void, everyMs = 0): Timer {
    const page = mustBeCurrent('setInterval')
    const timer: Timer = { cancel: () => {} }
    const next = (): void => {
      timer.cancel = page.after(everyMs, 'page timer', () => {
        next()
        within(page, script)
      })
    }
    next()
    return timer
  },
  clearTimeout: clear,
  clearInterval: clear,
}

/** As `console.warn`, when a page's script runs. */
export function warn(...words: unknown[]): void {
  current?.warned(words.join(' '))
}

function clear(timer: Timer | null | undefined): void {
  timer?.cancel?.()
}

function mustBeCurrent(name: string): Page {
  if (current === null)
    throw new Error(`${name} was called inside a simulation: time, randomness and network are passed in`)
  return current
}
