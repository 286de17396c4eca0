import type { Session } from '../dialects/dialect.ts'
import { Samples } from '../measure/samples.ts'
import { sleep, until } from '../measure/waiting.ts'
import { ServerProcess } from '../systems/server-process.ts'
import { type Figures, type Scenario, servers, type Trial } from './scenario.ts'
import { againstBestPeer } from './target.ts'

export const presence: Scenario = {
  id: 'B9',
  title: 'Presence',
  what:
    '500 sessions in one document, each moving its caret once, or ten times, a second; all get what all others do. The latest state of a ' +
    'participant counts: a server may leave out those that are superseded. Five of the 500 are measured: how old a state is when it comes.',
  cases: [
    { id: '1Hz', label: '500 sessions, each once a second' },
    { id: '10Hz', label: '500 sessions, each ten times a second' },
  ],
  systems: servers,
  figures: [
    { key: 'cpu', label: 'server CPU', unit: '% of a core', digits: 0 },
    { key: 'p50', label: 'p50', unit: 'ms', digits: 1 },
    { key: 'p99', label: 'p99', unit: 'ms', digits: 1 },
    { key: 'wire', label: 'on the wire', unit: 'MB/s', digits: 1 },
    { key: 'rss', label: 'RSS', unit: 'MB', digits: 0 },
    { key: 'load', label: 'load CPU', unit: '%', digits: 0 },
    { key: 'missing', label: 'states not seen in the end', unit: '', digits: 0 },
  ],
  chart: { figure: 'cpu', title: 'Server CPU for 500 carets in one document, % of a core', better: 'less' },
  targets: ['1Hz', '10Hz'].map((id) =>
    againstBestPeer({
      text: `CPU at ${id.replace('Hz', ' Hz')} at most 0.5 × the best peer`,
      case: id,
      figure: 'cpu',
      limit: 0.5,
      best: 'lowest',
    }),
  ),
  run: move,
}

const observers = 5
const firstId = 1_000
const openingMax = 50

async function move({ system, case: id, small, folder }: Trial): Promise<Figures> {
  const count = small ? 20 : 500
  const perSecond = count * (id === '1Hz' ? 1 : 10)
  const server = await ServerProcess.start(system, { folder })
  const crowd = new Crowd(count)
  try {
    for (let at = 0; at < count; at += openingMax) {
      const joining = Array.from({ length: Math.min(openingMax, count - at) }, (_, of) =>
        crowd.join(system.dialect, server.port, at + of),
      )
      await Promise.all(joining)
    }
    if (!small) await crowd.move(2_000, perSecond)
    crowd.latency = new Samples()
    const before = { use: server.use, cpu: process.cpuUsage(), bytes: crowd.bytes, ms: performance.now() }
    await crowd.move(small ? 1_100 : 8_000, perSecond)
    const seconds = (performance.now() - before.ms) / 1_000
    const { use } = server
    const cpu = process.cpuUsage(before.cpu)
    const figures = {
      cpu: ((use.cpuSeconds - before.use.cpuSeconds) / seconds) * 100,
      wire: (crowd.bytes - before.bytes) / 1e6 / seconds,
      rss: use.residentBytes / 1e6,
      load: (cpu.user + cpu.system) / 1e4 / seconds,
    }
    await until('everybody is where they are seen', () => crowd.missing === 0).catch(() => {})
    const { latency, missing } = crowd
    return { ...figures, p50: latency.percentile(0.5), p99: latency.percentile(0.99), missing }
  } finally {
    crowd.close()
    await server.dispose()
  }
}

/** Those who are there. Each state carries its number, so that an observer knows how old it is. */
class Crowd {
  latency: Samples = new Samples()
  readonly #sessions: Session[] = []
  /** When each made its states, by number. */
  readonly #movedMs: number[][]
  /** The number of the last state of each, as each observer knows it. */
  readonly #seen: Int32Array[] = []

  constructor(count: number) {
    this.#movedMs = Array.from({ length: count }, () => [])
  }

  async join(dialect: Trial['system']['dialect'], port: number, at: number): Promise<void> {
    const hooks = at < observers ? { onPresence: this.#observe(at) } : {}
    const session = await dialect.join({ port, document: 'presence', ...hooks })
    this.#sessions[at] = session
    await session.live
  }

  get bytes(): number {
    return this.#sessions.reduce((total, { socket }) => total + socket.bytesIn + socket.bytesOut, 0)
  }

  /** States that are the latest of somebody, and that some observer has not seen. */
  get missing(): number {
    let missing = 0
    for (const [observer, seen] of this.#seen.entries()) {
      for (const [at, moved] of this.#movedMs.entries()) {
        if (at !== observer && (seen[at] as number) < moved.length - 1) missing++
      }
    }
    return missing
  }

  /** One after the other, `perSecond` moves in all. */
  async move(durationMs: number, perSecond: number): Promise<void> {
    const startMs = performance.now()
    let made = 0
    for (let nowMs = startMs; nowMs < startMs + durationMs; nowMs = performance.now()) {
      const due = Math.floor(((nowMs - startMs) * perSecond) / 1_000)
      for (; made < due; made++) this.#moveOne(made % this.#sessions.length)
      await sleep(1)
    }
  }

  close(): void {
    for (const session of this.#sessions) session.close()
  }

  #moveOne(at: number): void {
    const moved = this.#movedMs[at] as number[]
    const session = this.#sessions[at] as Session
    const number = moved.push(performance.now()) - 1
    session.present(firstId + at, number + 1, stateOf(at, number))
    session.flush()
  }

  #observe(observer: number): (id: number, state: string) => void {
    const seen = new Int32Array(this.#movedMs.length).fill(-1)
    this.#seen[observer] = seen
    return (id, state) => {
      const at = id - firstId
      const number = Number.parseInt(state.slice(numberOffset), 10)
      const movedMs = this.#movedMs[at]?.[number]
      // Its own comes back in some systems; nobody is told of those who have left.
      if (at === observer || movedMs === undefined || number <= (seen[at] as number)) return
      seen[at] = number
      this.latency.add(performance.now() - movedMs)
    }
  }
}

const numberOffset = '{"caret":'.length

/** As an editor's: a caret, a name, a colour. */
function stateOf(at: number, number: number): string {
  return `{"caret":${number},"user":{"name":"Participant ${at}","color":"#30bced","colorLight":"#30bced33"}}`
}
