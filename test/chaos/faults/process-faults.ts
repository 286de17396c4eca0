import { type SeededRandom, Violation } from '@tidemark/simulator/oracle'
import type { Line } from '../../harness/line/line.ts'
import { readStoredLog } from '../../harness/stored-log.ts'
import { pause } from '../pause.ts'
import type { RelayHost } from '../relay-host.ts'
import { stopOrderly } from '../restart.ts'
import type { Stage } from '../stage.ts'
import { StoredFacts } from '../stored-facts.ts'
import type { Fault } from './fault.ts'

type RelayFault = Fault<RelayHost>

/** How long to wait for the relay to say something, so that it can be killed in that instant. */
const answerMsMax = 500
/** What a start takes, more or less. */
const startMs = 400

export const processFaults: readonly RelayFault[] = [
  {
    name: 'relay: kill -9',
    async strike(relay, stage, random, over) {
      await relay.kill()
      if (random.chance(0.3)) await lookIntoTheLog(stage)
      await comeBack(relay, random, over)
    },
  },
  {
    name: 'relay: kill -9 as it speaks',
    async strike(relay, stage, random, over) {
      const { line } = random.pick(stage.people)
      if (!(await hasSpoken(line, () => relay.killNow(), over))) return
      await relay.kill()
      if (random.chance(0.6)) await lookIntoTheLog(stage)
      await comeBack(relay, random, over)
    },
  },
  {
    name: 'relay: kill -9 as it starts',
    async strike(relay, _stage, random, over) {
      await relay.kill()
      await relay.startAndKill(random.between(0, startMs))
      await comeBack(relay, random, over)
    },
  },
  {
    name: 'relay: frozen',
    async strike(relay, _stage, random, over) {
      relay.freeze()
      await pause(random.interval(500), over)
      relay.thaw()
    },
  },
  {
    name: 'relay: SIGTERM',
    async strike(relay, stage, random, over) {
      await stopOrderly(stage)
      await comeBack(relay, random, over)
    },
  },
]

/**
 * S2, at once: what was acknowledged before the relay was killed is in what it leaves. Later the devices give back what
 * is missing, and nobody could tell.
 */
async function lookIntoTheLog(stage: Stage): Promise<void> {
  const { disk, ledger } = stage
  const left = new StoredFacts()
  left.learn(await readStoredLog(disk.copyForReading()))
  // Acks that were on their way arrive meanwhile: they count.
  const lost = ledger.edits.find((edit) => edit.promisedSaved && !left.has(edit))
  if (lost)
    throw new Violation(
      'S2',
      `${lost.token} was acknowledged before a kill -9, and is not in the log after it`,
    )
  stage.count('looked into the log after a kill')
}

async function comeBack(relay: RelayHost, random: SeededRandom, over: AbortSignal): Promise<void> {
  await relay.kill()
  await pause(random.interval(150), over)
  await relay.start()
}

/** Calls `run` in the instant in which the relay has said something over this line; false when it does not in time. */
function hasSpoken(line: Line, run: () => void, over: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = new AbortController()
    line.afterNextAnswer(() => {
      run()
      stop.abort()
      resolve(true)
    })
    void pause(answerMsMax, AbortSignal.any([over, stop.signal])).then(() => {
      line.afterNextAnswer(null)
      resolve(false)
    })
  })
}
