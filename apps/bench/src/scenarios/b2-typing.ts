import { Load } from '../load/load.ts'
import { ServerProcess } from '../systems/server-process.ts'
import { systemIds } from '../systems/system.ts'
import { typingUpdates } from '../workload/typing.ts'
import { fanOutFigures, fanOutFiguresOf } from './fan-out-figures.ts'
import type { Figures, Scenario, Trial } from './scenario.ts'
import { againstBestPeer, atMost, atMostTimes } from './target.ts'

interface Shape {
  readonly documents: number
  readonly sessions: number
  /** Of all writers together. */
  readonly perSecond: number
}

const shapes: Readonly<Record<string, Shape>> = {
  '1x2': { documents: 1, sessions: 2, perSecond: 2_000 },
  '1x50': { documents: 1, sessions: 50, perSecond: 200 },
  '100x5': { documents: 100, sessions: 5, perSecond: 2_000 },
}

const smallShapes: Readonly<Record<string, Shape>> = {
  '1x2': { documents: 1, sessions: 2, perSecond: 1_000 },
  '1x50': { documents: 1, sessions: 10, perSecond: 200 },
  '100x5': { documents: 5, sessions: 3, perSecond: 500 },
}

const cases = ['1x2', '1x50', '100x5']

export const typing: Scenario = {
  id: 'B2',
  title: 'Steady typing',
  what:
    'Writers type at a fixed rate, whether or not readers follow. Latency runs from just before the write to the ' +
    "reader's parse; Tidemark's has the commit to disk in it.",
  cases: [
    { id: '1x2', label: '1 document, 2 sessions, 2,000 updates/s' },
    { id: '1x50', label: '1 document, 50 sessions, 200 updates/s' },
    { id: '100x5', label: '100 documents, 5 sessions each, 2,000 updates/s' },
  ],
  systems: systemIds,
  figures: fanOutFigures,
  chart: { figure: 'p99', title: 'p99 latency while people type, in ms', better: 'less' },
  targets: cases.flatMap((id) => [
    atMostTimes({
      text: `CPU at ${id.replace('x', ' × ')} at most 1.5 × bare, durability included`,
      case: id,
      figure: 'cpu',
      limit: 1.5,
      than: 'bare',
    }),
    atMost({
      text: `p99 at ${id.replace('x', ' × ')} at most 6 ms`,
      case: id,
      figure: 'p99',
      limit: 6,
      unit: 'ms',
    }),
    againstBestPeer({
      text: `p99 at ${id.replace('x', ' × ')} below every peer that stores`,
      case: id,
      figure: 'p99',
      limit: 1,
      best: 'lowest',
      peers: ['y-leveldb', 'hocuspocus-3', 'hocuspocus-4'],
    }),
  ]),
  run: type,
}

/** Until V8 has compiled what is hot: at these rates most of that lies between the second and the sixth second. */
const warmUpMs = 6_000
const measuredMs = 6_000
const smallMs = 400

async function type({ system, case: id, small, folder }: Trial): Promise<Figures> {
  const { documents, sessions, perSecond } = (small ? smallShapes : shapes)[id] as Shape
  const server = await ServerProcess.start(system, { folder })
  const ms = small ? smallMs : warmUpMs + measuredMs
  const updates = Math.ceil((perSecond * ms) / 1_000 / documents) + 1
  const load = await Load.open({ system, server, documents, sessions, typing: typingUpdates(updates) })
  try {
    if (!small) await load.pace(warmUpMs, perSecond)
    const measured = await load.measure(() => load.pace(small ? smallMs : measuredMs, perSecond))
    await load.drain()
    return fanOutFiguresOf(measured, sessions - 1, load.missing)
  } finally {
    load.close()
    await server.dispose()
  }
}
