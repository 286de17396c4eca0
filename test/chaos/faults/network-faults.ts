import type { SeededRandom } from '@tidemark/simulator/oracle'
import { healthy, type LineConditions } from '../../harness/line/conditions.ts'
import { pause } from '../pause.ts'
import type { PersonFault } from './fault.ts'

/** For a while the line carries like this. */
function badLine(name: string, draw: (random: SeededRandom) => Partial<LineConditions>): PersonFault {
  return {
    name: `line: ${name}`,
    async strike({ line }, _stage, random, over) {
      line.conditions = { ...healthy, ...draw(random) }
      await pause(random.interval(800), over)
      line.heal()
    },
  }
}

export const networkFaults: readonly PersonFault[] = [
  badLine('slow', (random) => ({ delayMs: random.between(5, 400) })),
  badLine('drips', (random) => ({ pieceBytes: 1 + random.below(7) })),
  badLine('cut at byte n', (random) => ({ cutAfterBytes: 1 + random.below(4_000) })),
  badLine('blackhole to the relay', () => ({ blackhole: 'up' })),
  badLine('blackhole from the relay', () => ({ blackhole: 'down' })),
  {
    name: 'line: cut',
    strike({ line }) {
      line.cut()
      return Promise.resolve()
    },
  },
  {
    name: 'line: half-open',
    async strike({ line }, _stage, random, over) {
      line.halfOpen()
      await pause(random.interval(800), over)
      line.heal()
    },
  },
]
