import * as Y from 'yjs'
import { type Joiner, joinDocument } from '../load/joiner.ts'
import { sleep } from '../measure/waiting.ts'
import { type LogDocument, seedLog } from '../stored/log-seed.ts'
import { docOf, startWith } from '../stored/stored-server.ts'
import { ServerProcess } from '../systems/server-process.ts'
import { indexTyping, typingUpdates } from '../workload/typing.ts'
import { type Figures, type Scenario, servers, type Trial } from './scenario.ts'
import { atMost, atMostTimes } from './target.ts'

export const memory: Scenario = {
  id: 'B6',
  title: 'Memory',
  what:
    'What stays resident: per idle connection with an empty document of its own open; per open document with ' +
    'nobody typing, as a part of its encoded state; in all, for a relay whose log holds a million documents.',
  cases: [
    { id: 'idle', label: '2,000 idle connections, an empty document each' },
    {
      id: 'documents',
      label: '200 open documents of 260,000 edits, a session each',
      tested: true,
      // What stores nothing holds them from the moment at which they are written: there is nothing to open.
      systems: servers.filter((id) => id !== 'bare' && id !== 'y-websocket'),
    },
    // Opening them leaves garbage, of which the more documents there are the less falls on each.
    { id: 'thousand', label: '1,000 open documents of 260,000 edits, a session each', systems: ['tidemark'] },
    { id: 'million', label: 'a million stored documents, 100 of them open', systems: ['tidemark'] },
  ],
  systems: servers,
  figures: [
    { key: 'each', label: 'RSS each', unit: 'KB', digits: 1 },
    { key: 'states', label: 'as encoded states', unit: '×', digits: 2 },
    { key: 'total', label: 'RSS in all', unit: 'MB', digits: 0 },
    { key: 'missing', label: 'not live', unit: '', digits: 0 },
  ],
  chart: { figure: 'each', title: 'Resident KB per connection, and per open document', better: 'less' },
  targets: [
    atMostTimes({
      text: 'an idle connection with an empty document at most 1.5 × bare',
      case: 'idle',
      figure: 'each',
      limit: 1.5,
      than: 'bare',
    }),
    atMost({
      text: 'an open document at most 0.3 × its encoded state',
      case: 'thousand',
      figure: 'states',
      limit: 0.3,
      unit: '×',
    }),
    atMost({
      text: 'a relay that knows a million documents at most 150 MB',
      case: 'million',
      figure: 'total',
      limit: 150,
      unit: 'MB',
    }),
  ],
  run: weigh,
}

const counts: Readonly<Record<string, number>> = {
  idle: 2_000,
  documents: 200,
  thousand: 1_000,
  million: 100,
}
const smallCounts: Readonly<Record<string, number>> = { idle: 20, documents: 5, thousand: 10, million: 10 }

const edits = 259_778
const smallEdits = 300

async function weigh(trial: Trial): Promise<Figures> {
  const { case: id, small } = trial
  const count = (small ? smallCounts : counts)[id] as number
  const ids = Array.from({ length: count }, (_, at) => `memory-${at}`)
  const typing = typingUpdates(small ? smallEdits : edits)
  const state = Y.encodeStateAsUpdate(docOf(typing))
  const server = await start(trial, ids, state)
  try {
    await sleep(small ? 50 : 2_000)
    const before = server.use.residentBytes
    const joiners = await openAll(trial, server, ids)
    // Until what was only needed to open them is gone: caches, and garbage, which V8 collects some 20 s after the last.
    await sleep(small ? 50 : 30_000)
    const { residentBytes } = server.use
    const each = Math.max(0, residentBytes - before) / count
    for (const { session } of joiners) session.close()
    return {
      ...(id === 'million' ? {} : { each: each / 1e3 }),
      ...(id === 'documents' || id === 'thousand' ? { states: each / state.length } : {}),
      total: residentBytes / 1e6,
      missing: count - joiners.length,
    }
  } finally {
    await server.dispose()
  }
}

async function start(trial: Trial, ids: readonly string[], state: Uint8Array): Promise<ServerProcess> {
  const { system, folder, small } = trial
  switch (trial.case) {
    case 'documents':
    case 'thousand':
      return startWith(trial, { ids, typing: indexTyping([state]), compacted: true })
    case 'million':
      await seedLog(folder, million(small ? 1_000 : 1_000_000))
      return ServerProcess.start(system, { folder })
    default:
      return ServerProcess.start(system, { folder })
  }
}

/** Small ones: what counts is how many there are. */
function* million(count: number): Generator<LogDocument> {
  const { updates } = typingUpdates(2)
  for (let at = 0; at < count; at++) yield { id: `memory-${at}`, updates, compacted: false }
}

const openingMax = 50

async function openAll({ system }: Trial, server: ServerProcess, ids: readonly string[]): Promise<Joiner[]> {
  const joiners: Joiner[] = []
  for (let at = 0; at < ids.length; at += openingMax) {
    const opening = ids.slice(at, at + openingMax).map((document) =>
      joinDocument({
        dialect: system.dialect,
        port: server.port,
        document,
        wants: { kind: 'answer' },
      }),
    )
    joiners.push(...(await Promise.all(opening)))
  }
  return joiners
}
