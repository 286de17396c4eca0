import process from 'node:process'

/**
 * Runs `run`, and gives besides its value what promises were rejected with that nobody handles: outside of a simulation
 * each of them ends the process that it happens in.
 */
export async function noticeRejections<T>(run: () => Promise<T>): Promise<[value: T, unhandled: unknown[]]> {
  const unhandled: unknown[] = []
  const notice = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', notice)
  try {
    const value = await run()
    // Node tells of them when the macrotask is over in which they happened.
    await new Promise((resolve) => setImmediate(resolve))
    return [value, unhandled]
  } finally {
    process.off('unhandledRejection', notice)
  }
}
