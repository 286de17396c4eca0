import { spawnSync } from 'node:child_process'

/** A seed is a story only together with the code that it ran: the name of that, or null outside a checkout. */
export function commitOf(): string | null {
  const { stdout, status } = spawnSync('git', ['describe', '--always', '--dirty'])
  return status === 0 ? stdout.toString().trim() : null
}
