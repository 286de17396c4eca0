import { pause } from '../pause.ts'
import type { DiskFaultKind } from './disk-fault.ts'

/** Nobody need be told of a disk that takes its time: acks come later, and say no less. */
export const slowFsync: DiskFaultKind = {
  ownsRelay: false,
  async strike({ disk }, forMs, random, over) {
    const shim = disk.fsync
    if (shim === null) return false
    const struckBefore = shim.struck('slow')
    const endMs = performance.now() + forMs
    while (performance.now() < endMs && !over.aborted) {
      shim.order({ kind: 'slow', ms: Math.round(random.between(10, 600)) })
      await pause(random.interval(600), over)
    }
    shim.order({ kind: 'ok' })
    return shim.struck('slow') > struckBefore
  },
}
