import { joinDocument } from '../load/joiner.ts'
import { median } from '../measure/samples.ts'
import { sleep } from '../measure/waiting.ts'
import { dialectOf, startWith } from '../stored/stored-server.ts'
import type { ServerProcess } from '../systems/server-process.ts'
import { bigDocument } from '../workload/big-document.ts'
import { type Typing, typingUpdates } from '../workload/typing.ts'
import type { Figures, Scenario, Trial } from './scenario.ts'
import { atMostTimes } from './target.ts'

export const coldOpen: Scenario = {
  id: 'B5',
  title: 'Cold open after a restart',
  what:
    'The first session opens a document that the server has only on disk, from before the connection until all of it is ' +
    'here; the server is started anew for each of five opens. Systems that keep one state and no log do not differ between the ' +
    'first two. Bare ws reads a file with the bytes that Tidemark sends, and sends it.',
  cases: [
    { id: 'compacted', label: '10,000 edits, compacted' },
    { id: 'entries', label: '10,000 edits, as 10,000 log entries', tested: true },
    { id: '20MB', label: 'a document of 20 MB, compacted' },
  ],
  systems: ['tidemark', 'y-leveldb', 'hocuspocus-3', 'hocuspocus-4', 'bare'],
  figures: [
    { key: 'ms', label: 'median', unit: 'ms', digits: 1 },
    { key: 'worst', label: 'slowest', unit: 'ms', digits: 1 },
    { key: 'cpu', label: 'server CPU', unit: 'ms', digits: 0 },
    { key: 'bytes', label: 'bytes', unit: 'KB', digits: 0 },
    { key: 'missing', label: 'not delivered', unit: '', digits: 0 },
  ],
  chart: { figure: 'ms', title: 'Milliseconds to open a document that is on disk', better: 'less' },
  targets: [
    ...['compacted', '20MB'].map((id) =>
      atMostTimes({
        text: `${id === '20MB' ? '20 MB' : '10,000 edits'}, compacted: at most 1.5 × reading and sending its bytes`,
        case: id,
        figure: 'ms',
        limit: 1.5,
        than: 'bare',
      }),
    ),
    atMostTimes({
      text: 'not compacted: at most 0.5 × Hocuspocus 4',
      case: 'entries',
      figure: 'ms',
      limit: 0.5,
      than: 'hocuspocus-4',
    }),
  ],
  run: openCold,
}

async function openCold({ system, case: id, small, folder }: Trial): Promise<Figures> {
  const typing = documentOf(id, small)
  const bareBytes = id === 'entries' ? 'v1' : 'v2-deflate'
  const documents = { ids: ['cold'], typing, compacted: id !== 'entries' }
  const server = await startWith({ system, folder }, documents, bareBytes)
  const opens: Figures[] = []
  try {
    for (let at = 0; at < (small ? 1 : 5); at++) {
      if (at > 0) {
        await server.stop()
        await server.start()
      }
      await sleep(small ? 20 : 500)
      opens.push(await openOnce(server, system, typing))
    }
  } finally {
    await server.dispose()
  }
  const all = (key: string): number[] => opens.map((figures) => figures[key] as number)
  return {
    ms: median(all('ms')),
    worst: Math.max(...all('ms')),
    cpu: all('cpu').reduce((total, cpu) => total + cpu, 0) / opens.length,
    bytes: median(all('bytes')),
    missing: Math.max(...all('missing')),
  }
}

async function openOnce(server: ServerProcess, system: Trial['system'], typing: Typing): Promise<Figures> {
  const before = server.use.cpuSeconds
  const joiner = await joinDocument({
    dialect: dialectOf(system),
    port: server.port,
    document: 'cold',
    wants: system.storage === 'limit' ? { kind: 'answer' } : { kind: 'typing', typing },
  })
  const figures = {
    ms: joiner.tookMs,
    cpu: (server.use.cpuSeconds - before) * 1_000,
    bytes: joiner.bytes / 1e3,
    missing: system.storage === 'limit' ? 0 : typing.updates.length - joiner.has(typing),
  }
  joiner.session.close()
  return figures
}

function documentOf(id: string, small: boolean): Typing {
  if (id === '20MB') return bigDocument(small ? 60_000 : 20_000_000)
  return typingUpdates(small ? 500 : 10_000)
}
