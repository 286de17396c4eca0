import { measureCommits } from '../measure/disk-commit.ts'
import { Samples } from '../measure/samples.ts'
import { sleep, until } from '../measure/waiting.ts'
import { ServerProcess } from '../systems/server-process.ts'
import { typingUpdates } from '../workload/typing.ts'
import type { Figures, Scenario, Trial } from './scenario.ts'
import { atMost } from './target.ts'

const rates = ['1', '100', '2000']

export const ackLatency: Scenario = {
  id: 'B10',
  title: 'From an edit to its acknowledgement',
  what:
    "Tidemark's acknowledgement says that the edit is on disk; Hocuspocus's that it is in memory. Beside it what a commit costs " +
    'on this disk by itself: a page appended and made durable, 100 times a second, or without a pause where edits come faster.',
  cases: rates.map((id) => ({ id, label: `${Number(id).toLocaleString('en')} edits/s` })),
  systems: ['tidemark', 'hocuspocus-3', 'hocuspocus-4'],
  figures: [
    { key: 'p50', label: 'p50', unit: 'ms', digits: 2 },
    { key: 'p99', label: 'p99', unit: 'ms', digits: 2 },
    { key: 'commitP50', label: 'one commit, p50', unit: 'ms', digits: 2 },
    { key: 'commitP99', label: 'one commit, p99', unit: 'ms', digits: 2 },
    { key: 'beyond', label: 'p99 beyond a commit', unit: 'ms', digits: 2 },
    { key: 'missing', label: 'not acknowledged', unit: '', digits: 0 },
  ],
  chart: {
    figure: 'p99',
    title: 'p99 until an edit is acknowledged, in ms (only Tidemark has stored it by then)',
    better: 'less',
  },
  targets: rates.map((id) =>
    atMost({
      text: `p99 at ${id}/s at most one commit of this disk + 3 ms: beyond it`,
      case: id,
      figure: 'beyond',
      limit: 3,
      unit: 'ms',
    }),
  ),
  run: awaitAcks,
}

/** As in B2: until V8 has compiled what is hot. */
const warmUpSeconds = 6

/** Commits a second, where edits are no faster: a disk that is hardly used answers later than one in use. */
const slowestPace = 100

async function awaitAcks({ system, case: id, small, folder }: Trial): Promise<Figures> {
  const perSecond = small && id === '1' ? 20 : Number(id)
  const ms = small ? 300 : id === '1' ? 25_000 : 10_000
  const commits = (): Promise<Samples> =>
    measureCommits(folder, small ? 20 : 300, perSecond > slowestPace ? 0 : 1_000 / slowestPace)
  const first = await commits()
  const warmUp = small ? 0 : perSecond * warmUpSeconds
  const { updates } = typingUpdates(Math.ceil((ms * perSecond) / 1_000) + warmUp)
  const sentMs = new Float64Array(updates.length)
  const latency = new Samples()
  let acked = 0
  const onAcked = (count: number): void => {
    for (const nowMs = performance.now(); acked < count; acked++) {
      if (acked >= warmUp) latency.add(nowMs - (sentMs[acked] as number))
    }
  }
  const server = await ServerProcess.start(system, { folder })
  try {
    const session = await system.dialect.join({ port: server.port, document: 'acks', onAcked })
    await session.live
    const startMs = performance.now()
    let sent = 0
    while (sent < updates.length) {
      const due = Math.min(updates.length, Math.floor(((performance.now() - startMs) * perSecond) / 1_000))
      for (; sent < due; sent++) {
        sentMs[sent] = performance.now()
        session.send(updates[sent] as Uint8Array)
        session.flush()
      }
      await sleep(1)
    }
    await until('all is acknowledged', () => acked === sent, 20_000).catch(() => {})
    session.close()
    const last = await commits()
    const commitP99 = Math.max(first.percentile(0.99), last.percentile(0.99))
    const p99 = latency.percentile(0.99)
    return {
      p50: latency.percentile(0.5),
      p99,
      commitP50: (first.percentile(0.5) + last.percentile(0.5)) / 2,
      commitP99,
      beyond: p99 - commitP99,
      missing: sent - acked,
    }
  } finally {
    await server.dispose()
  }
}
