import { pause } from '../pause.ts'
import { startAnew, stopOrderly } from '../restart.ts'
import type { Stage } from '../stage.ts'
import type { DiskFaultKind } from './disk-fault.ts'

/** R3: an older copy of the database is put back: the replicas give the log back what it lost. */
export const olderFile: DiskFaultKind = {
  ownsRelay: true,
  async strike(stage, forMs, random, over) {
    const { relay, disk, log } = stage
    if (disk.copies.length === 0) await takeOne(stage)
    await pause(forMs / 2, over)
    if (random.chance(0.5)) await relay.kill()
    else await stopOrderly(stage)
    disk.putBack(random.pick(disk.copies))
    log.wasRestored = true
    await startAnew(stage)
    await pause(forMs / 2, over)
    return true
  },
}

/** In the first round there is none yet. */
async function takeOne(stage: Stage): Promise<void> {
  await stopOrderly(stage)
  stage.disk.copy()
  await startAnew(stage)
}
