import { Violation } from '@tidemark/simulator/oracle'
import { holds, pause } from '../pause.ts'
import { startAnew } from '../restart.ts'
import type { DiskFaultKind } from './disk-fault.ts'

/** A relay that commits at all asks for an fsync within this time while people write. */
const askedMsMax = 8_000
/** FAIL2: after a failed fsync it has ended within this time. */
const endedMsMax = 10_000

/** FAIL2: it acknowledges nothing more, says so, exits with 1, and works again when it is started on a disk that works. */
export const failingFsync: DiskFaultKind = {
  ownsRelay: true,
  async strike(stage, forMs, random, over) {
    const { relay, disk, signal } = stage
    const shim = disk.fsync
    if (shim === null) return false
    await pause(random.between(0, forMs / 2), over)
    const since = relay.lines.mark()
    const struckBefore = shim.struck('fail')
    relay.expectEnd()
    shim.order({ kind: 'fail' })
    try {
      if (!(await holds(() => shim.struck('fail') > struckBefore, askedMsMax, signal))) return false
      if (!(await holds(() => !relay.isAlive, endedMsMax, signal)))
        throw new Violation('S14', 'an fsync failed, and the relay goes on')
      if (relay.exitCode !== 1)
        throw new Violation('S14', `the relay exited with ${relay.exitCode} after a failed fsync`)
      if (!(await relay.tells('log-failed', since)))
        throw new Violation('S14', 'the relay ended after a failed fsync without a word')
    } finally {
      shim.order({ kind: 'ok' })
      await relay.kill()
      await startAnew(stage)
    }
    return true
  },
}
