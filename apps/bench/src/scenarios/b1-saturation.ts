import { Load } from '../load/load.ts'
import { ServerProcess } from '../systems/server-process.ts'
import { systemIds } from '../systems/system.ts'
import { typingUpdates } from '../workload/typing.ts'
import { fanOutFigures, fanOutFiguresOf } from './fan-out-figures.ts'
import type { Figures, Scenario, Trial } from './scenario.ts'
import { againstBestPeer, atMostTimes } from './target.ts'

interface Shape {
  readonly documents: number
  readonly sessions: number
  /** Updates that a writer may be ahead of its slowest reader: some 4,000 to 8,000 in all. */
  readonly window: number
  /** For the measured time, with room to spare; a fast server ends early. */
  readonly updates: number
}

const shapes: Readonly<Record<string, Shape>> = {
  '1x2': { documents: 1, sessions: 2, window: 4_000, updates: 600_000 },
  '1x50': { documents: 1, sessions: 50, window: 1_000, updates: 300_000 },
  '100x5': { documents: 100, sessions: 5, window: 60, updates: 6_000 },
  '1000x2': { documents: 1_000, sessions: 2, window: 8, updates: 1_000 },
}

const smallShapes: Readonly<Record<string, Shape>> = {
  '1x2': { documents: 1, sessions: 2, window: 200, updates: 1_500 },
  '1x50': { documents: 1, sessions: 10, window: 50, updates: 600 },
  '100x5': { documents: 5, sessions: 3, window: 20, updates: 200 },
  '1000x2': { documents: 20, sessions: 2, window: 8, updates: 60 },
}

export const saturation: Scenario = {
  id: 'B1',
  title: 'Fan-out at saturation',
  what:
    'One writer per document types as fast as its slowest reader follows, never more than a fixed number of updates ' +
    'of it; every session is a connection of its own. Tidemark commits every update to disk before it passes it on.',
  cases: [
    { id: '1x2', label: '1 document, 2 sessions' },
    { id: '1x50', label: '1 document, 50 sessions' },
    { id: '100x5', label: '100 documents, 5 sessions each' },
    { id: '1000x2', label: '1,000 documents, 2 sessions each' },
  ],
  systems: systemIds,
  figures: fanOutFigures,
  chart: { figure: 'updates', title: 'Updates per second at saturation', better: 'more' },
  targets: [
    atMostTimes({
      text: 'CPU per delivery at 1 × 50 at most 0.15 × bare',
      case: '1x50',
      figure: 'cpu',
      limit: 0.15,
      than: 'bare',
    }),
    atMostTimes({
      text: 'CPU per delivery at 1 × 2 at most 1.5 × bare',
      case: '1x2',
      figure: 'cpu',
      limit: 1.5,
      than: 'bare',
    }),
    ...['1x2', '1x50', '100x5', '1000x2'].map((id) =>
      againstBestPeer({
        text: `more durable updates/s at ${id.replace('x', ' × ')} than any peer's in-memory ones: the best peer's over Tidemark's`,
        case: id,
        figure: 'updates',
        limit: 1,
        best: 'highest',
      }),
    ),
  ],
  run: saturate,
}

const warmUpMs = 2_000
const measuredMs = 6_000
const smallMs = 400

async function saturate({ system, case: id, small, folder }: Trial): Promise<Figures> {
  const { documents, sessions, window, updates } = (small ? smallShapes : shapes)[id] as Shape
  const server = await ServerProcess.start(system, { folder })
  const typing = typingUpdates(updates)
  const load = await Load.open({ system, server, documents, sessions, typing })
  try {
    // A fast server types its part of them sooner: there must be some left to measure.
    if (!small) await load.saturate(warmUpMs, window, sessions - 1, updates / 4)
    const measured = await load.measure(() => load.saturate(small ? smallMs : measuredMs, window))
    await load.drain()
    return fanOutFiguresOf(measured, sessions - 1, load.missing)
  } finally {
    load.close()
    await server.dispose()
  }
}
