import { Load, type Measured } from '../load/load.ts'
import { ServerProcess } from '../systems/server-process.ts'
import { typingUpdates } from '../workload/typing.ts'
import { type Figures, type Scenario, servers, type Trial } from './scenario.ts'
import { atMost } from './target.ts'

export const stalledReader: Scenario = {
  id: 'B7',
  title: 'A reader that stops reading',
  what:
    'One writes and three read, as fast as they follow; then one of the three stops reading for 20 s, and reads again. ' +
    'Told is what the server grew by meanwhile, beside what it grew by in the 10 s before, and what the other two noticed.',
  cases: [{ id: 'stalled', label: '1 document, 4 sessions, one of them stalled' }],
  systems: servers,
  figures: [
    { key: 'growth', label: 'RSS growth', unit: 'MB', digits: 1 },
    { key: 'control', label: 'before', unit: 'MB', digits: 1 },
    { key: 'perMissed', label: 'per missed update', unit: 'B', digits: 0 },
    { key: 'p99Before', label: "others' p99 before", unit: 'ms', digits: 2 },
    { key: 'p99', label: 'and meanwhile', unit: 'ms', digits: 2 },
    { key: 'slower', label: 'change', unit: '%', digits: 0 },
    { key: 'updates', label: 'updates/s', unit: '', digits: 0 },
    { key: 'seconds', label: 'until it has caught up', unit: 's', digits: 1 },
    { key: 'missing', label: 'not delivered', unit: '', digits: 0 },
  ],
  chart: { figure: 'growth', title: 'MB by which a stalled reader makes the server grow (less is better)' },
  targets: [
    atMost({ text: 'at most 1 MB of growth', case: 'stalled', figure: 'growth', limit: 1, unit: 'MB' }),
    atMost({ text: "the others' p99 within 10 %", case: 'stalled', figure: 'slower', limit: 10, unit: '%' }),
    atMost({ text: 'it converges when it reads again', case: 'stalled', figure: 'missing', limit: 0 }),
  ],
  run: stall,
}

const sessions = 4
const others = 2
const window = 64

async function stall({ system, small, folder }: Trial): Promise<Figures> {
  const server = await ServerProcess.start(system, { folder })
  const updates = small ? 6_000 : 600_000
  const typing = typingUpdates(updates)
  const load = await Load.open({ system, server, documents: 1, sessions, typing })
  // A server that is faster than the updates last has its phases end sooner, each with its part of them.
  const run = (ms: number, part: number): Promise<Measured> =>
    load.measure(() => load.saturate(small ? ms / 50 : ms, window, others, updates * part))
  try {
    const [room] = load.rooms
    const stalled = room?.reader(others).session.socket
    const warm = await run(4_000, 0.1)
    const before = await run(10_000, 0.35)
    await load.drain()
    stalled?.pause()
    const during = await run(20_000, 1)
    const missed = load.missing
    stalled?.resume()
    const startMs = performance.now()
    await load.drain()
    const seconds = (performance.now() - startMs) / 1_000
    return { ...compare(warm, before, during, missed), seconds, missing: load.missing }
  } finally {
    load.close()
    await server.dispose()
  }
}

function compare(warm: Measured, before: Measured, during: Measured, missed: number): Figures {
  const growth = during.residentBytes - before.residentBytes
  const p99Before = before.latency.percentile(0.99)
  const p99 = during.latency.percentile(0.99)
  return {
    growth: Math.max(0, growth) / 1e6,
    control: Math.max(0, before.residentBytes - warm.residentBytes) / 1e6,
    perMissed: Math.max(0, growth) / Math.max(1, missed),
    p99Before,
    p99,
    slower: (p99 / p99Before - 1) * 100,
    updates: during.deliveries / others / during.seconds,
  }
}
