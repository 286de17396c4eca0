import { type Joiner, joinDocument, type Wants } from '../load/joiner.ts'
import { sleep } from '../measure/waiting.ts'
import { dialectOf, encodeState, startWith } from '../stored/stored-server.ts'
import { bigDocument } from '../workload/big-document.ts'
import { type Figures, type Scenario, servers, type Trial } from './scenario.ts'
import { atMost, atMostTimes } from './target.ts'

const bytesOf: Readonly<Record<string, number>> = { '300KB': 300_000, '20MB': 20_000_000 }
const smallBytes = 60_000

export const joinStorm: Scenario = {
  id: 'B3',
  title: 'A join storm',
  what:
    '150 new sessions open one document at once, after 50 others have come and gone: what is new to a server is not the ' +
    'document, but that so many want it. RSS is compared to before the first. Bare ws sends the bytes that Tidemark ' +
    'sends: its compressed snapshot.',
  cases: [
    { id: '300KB', label: 'a document of 300 KB' },
    { id: '20MB', label: 'a document of 20 MB' },
  ],
  systems: servers,
  figures: [
    { key: 'seconds', label: 'until all have it', unit: 's', digits: 2 },
    { key: 'cpu', label: 'server CPU', unit: 's', digits: 3 },
    { key: 'growth', label: 'most RSS beyond before', unit: 'MB', digits: 1 },
    { key: 'copies', label: 'as documents', unit: '×', digits: 2 },
    { key: 'bytes', label: 'per session', unit: 'KB', digits: 0 },
    { key: 'load', label: 'load CPU', unit: '%', digits: 0 },
    { key: 'missing', label: 'not delivered', unit: '', digits: 0 },
  ],
  chart: { figure: 'cpu', title: 'Server CPU seconds for 150 joins at once', better: 'less' },
  targets: ['300KB', '20MB'].flatMap((id) => [
    atMostTimes({
      text: `CPU for ${id} at most 1.3 × bare sending the same bytes`,
      case: id,
      figure: 'cpu',
      limit: 1.3,
      than: 'bare',
    }),
    atMost({
      text: `RSS growth for ${id} at most 3 × the document`,
      case: id,
      figure: 'copies',
      limit: 3,
      unit: '×',
    }),
  ]),
  run: storm,
}

async function storm({ system, case: id, small, folder }: Trial): Promise<Figures> {
  const typing = bigDocument(small ? smallBytes : (bytesOf[id] as number))
  const documentBytes = encodeState(typing, 'v1').length
  const wanted: Wants = { kind: 'bytes', bytes: 0.9 * encodeState(typing, 'v2-deflate').length }
  const whole: Wants = system.storage === 'limit' ? wanted : { kind: 'typing', typing }
  const server = await startWith({ system, folder }, { ids: ['storm'], typing, compacted: true })
  const dialect = dialectOf(system)
  const join = (wants: Wants): Promise<Joiner> =>
    joinDocument({ dialect, port: server.port, document: 'storm', wants })
  const joiners: Joiner[] = []
  try {
    await sleep(small ? 50 : 1_000)
    const before = server.use
    const first = await Promise.all(Array.from({ length: small ? 3 : 50 }, () => join(wanted)))
    for (const { session } of first) session.close()
    await sleep(small ? 50 : 1_000)
    const warm = server.use
    const cpuBefore = process.cpuUsage()
    const startMs = performance.now()
    const joining = Array.from({ length: small ? 10 : 150 }, (_, at) => join(at === 0 ? whole : wanted))
    joiners.push(...(await Promise.all(joining)))
    const seconds = (performance.now() - startMs) / 1_000
    const cpu = process.cpuUsage(cpuBefore)
    const after = server.use
    const growth = Math.max(0, after.residentBytesMax - before.residentBytes)
    const kept = joiners[0] as Joiner
    return {
      seconds,
      cpu: after.cpuSeconds - warm.cpuSeconds,
      growth: growth / 1e6,
      copies: growth / documentBytes,
      bytes: joiners.reduce((total, { bytes }) => total + bytes, 0) / joiners.length / 1e3,
      load: (cpu.user + cpu.system) / 1e4 / seconds,
      missing: system.storage === 'limit' ? 0 : typing.updates.length - kept.has(typing),
    }
  } finally {
    for (const { session } of joiners) session.close()
    await server.dispose()
  }
}
