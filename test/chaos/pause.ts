/** Resolves after so long, or as soon as the signal says that it is over. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}

/** Looks now and then until `condition` holds: true. False when it does not within `withinMs`, or when it is over. */
export async function holds(
  condition: () => boolean,
  withinMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const endMs = performance.now() + withinMs
  while (!condition()) {
    if (performance.now() > endMs || signal.aborted) return false
    await pause(lookEveryMs, signal)
  }
  return true
}

const lookEveryMs = 20
