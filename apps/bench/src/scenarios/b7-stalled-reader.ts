import { Load, type Measured } from '../load/load.ts'
import { Samples } from '../measure/samples.ts'
import { ServerProcess } from '../systems/server-process.ts'
import { typingUpdates } from '../workload/typing.ts'
import { type Figures, type Scenario, servers, type Trial } from './scenario.ts'
import { atMost } from './target.ts'

export const stalledReader: Scenario = {
  id: 'B7',
  title: 'A reader that stops reading',
  what:
    'One writes and three read, as fast as they follow, for 40 s; for the 20 s in the middle one of the three does not ' +
    'read. Told is what the server grew by in that time beyond what it grew by in the 10 s before and the 10 s after, ' +
    'and what the other two noticed: a document that grows, and a heap that does, look the same with and without it.',
  cases: [{ id: 'stalled', label: '1 document, 4 sessions, one of them stalled' }],
  systems: servers,
  figures: [
    { key: 'growth', label: 'RSS growth beyond', unit: 'MB', digits: 1 },
    { key: 'control', label: 'without it', unit: 'MB', digits: 1 },
    { key: 'perMissed', label: 'per missed update', unit: 'B', digits: 0 },
    { key: 'p99Without', label: "others' p99 without it", unit: 'ms', digits: 2 },
    { key: 'p99', label: 'with it', unit: 'ms', digits: 2 },
    { key: 'slower', label: 'change', unit: '%', digits: 0 },
    { key: 'updates', label: 'updates/s', unit: '', digits: 0 },
    { key: 'seconds', label: 'until it has caught up', unit: 's', digits: 1 },
    { key: 'missing', label: 'not delivered', unit: '', digits: 0 },
  ],
  chart: { figure: 'growth', title: 'MB by which a stalled reader makes the server grow', better: 'less' },
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
const ms = { warm: 4_000, without: 10_000, with: 20_000 }

async function stall({ system, small, folder }: Trial): Promise<Figures> {
  const server = await ServerProcess.start(system, { folder })
  const updates = small ? 6_000 : 1_200_000
  const typing = typingUpdates(updates)
  const load = await Load.open({ system, server, documents: 1, sessions, typing })
  const latency = { with: new Samples(), without: new Samples() }
  // A server that is faster than the updates last has its phases end sooner, each with its part of them.
  const run = (phase: keyof typeof ms, part: number): Promise<Measured> =>
    load.measure(
      () => load.saturate(small ? ms[phase] / 50 : ms[phase], window, others, updates * part),
      phase === 'warm' ? undefined : latency[phase],
    )
  try {
    const [room] = load.rooms
    const stalled = room?.reader(others).session.socket
    const warm = await run('warm', 0.1)
    const before = await run('without', 0.325)
    await load.drain()
    stalled?.pause()
    const during = await run('with', 0.775)
    const missed = load.missing
    stalled?.resume()
    const startMs = performance.now()
    await load.drain()
    const seconds = (performance.now() - startMs) / 1_000
    const caughtUp = server.use.residentBytes
    const after = await run('without', 1)
    await load.drain()
    const control = before.residentBytes - warm.residentBytes + after.residentBytes - caughtUp
    const growth = during.residentBytes - before.residentBytes - control
    const p99Without = latency.without.percentile(0.99)
    const p99 = latency.with.percentile(0.99)
    return {
      growth: growth / 1e6,
      control: control / 1e6,
      perMissed: growth / Math.max(1, missed),
      p99Without,
      p99,
      slower: (p99 / p99Without - 1) * 100,
      updates: during.deliveries / others / during.seconds,
      seconds,
      missing: load.missing,
    }
  } finally {
    load.close()
    await server.dispose()
  }
}
