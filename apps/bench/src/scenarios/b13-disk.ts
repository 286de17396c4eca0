import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as Y from 'yjs'
import { Load } from '../load/load.ts'
import { sleep } from '../measure/waiting.ts'
import { docOf, teachDocument } from '../stored/stored-server.ts'
import { ServerProcess } from '../systems/server-process.ts'
import { typingUpdates } from '../workload/typing.ts'
import type { Figures, Scenario, Trial } from './scenario.ts'
import { atMost, atMostTimes } from './target.ts'

export const disk: Scenario = {
  id: 'B13',
  title: 'Bytes on disk',
  what:
    'The data folder of 20 equal documents, typed one after the other, left alone for 15 s, and the server then stopped; ' +
    'beside what Yjs encodes one as. And what the server makes the disk write while somebody types at 200/s, per update.',
  cases: [
    { id: 'stored', label: 'documents of 25,000 edits' },
    { id: 'typing', label: 'while typing', tested: true },
  ],
  systems: ['tidemark', 'y-leveldb', 'hocuspocus-3', 'hocuspocus-4'],
  figures: [
    { key: 'each', label: 'per document', unit: 'KB', digits: 1 },
    { key: 'states', label: 'as encoded states', unit: '×', digits: 2 },
    { key: 'written', label: 'written per update', unit: 'bytes', digits: 0 },
    { key: 'amplification', label: 'as its bytes', unit: '×', digits: 1 },
  ],
  chart: { figure: 'each', title: 'KB on disk per document of 25,000 edits', better: 'less' },
  targets: [
    atMostTimes({
      text: "per document at most 0.5 × Hocuspocus's",
      case: 'stored',
      figure: 'each',
      limit: 0.5,
      than: 'hocuspocus-4',
    }),
    atMost({
      text: 'per document at most 0.5 × what Yjs encodes it as',
      case: 'stored',
      figure: 'states',
      limit: 0.5,
      unit: '×',
    }),
  ],
  run: (trial) => (trial.case === 'stored' ? weighStored(trial) : weighTyping(trial)),
}

/** A relay compacts a document that has been quiet for 5 s. */
const quietMs = 15_000

async function weighStored({ system, small, folder }: Trial): Promise<Figures> {
  const documents = small ? 3 : 20
  const typing = typingUpdates(small ? 500 : 25_000)
  const state = Y.encodeStateAsUpdate(docOf(typing))
  const server = await ServerProcess.start(system, { folder })
  try {
    for (let at = 0; at < documents; at++) await teachDocument(server, system, `disk-${at}`, typing)
    await sleep(small ? 50 : quietMs)
  } finally {
    await server.stop()
  }
  const each = bytesIn(folder) / documents
  return { each: each / 1e3, states: each / state.length }
}

async function weighTyping({ system, small, folder }: Trial): Promise<Figures> {
  const perSecond = 200
  const ms = small ? 300 : 15_000
  const typing = typingUpdates(Math.ceil((perSecond * ms) / 1_000) + 1)
  const server = await ServerProcess.start(system, { folder })
  try {
    const load = await Load.open({ system, server, documents: 1, sessions: 2, typing })
    const before = server.use.diskWriteBytes
    await load.pace(ms, perSecond)
    await load.drain()
    // Hocuspocus stores 2 s after the last update, at the latest 10 s after the first.
    await sleep(small ? 50 : 3_000)
    const written = server.use.diskWriteBytes - before
    const sent = load.rooms[0]?.sent ?? 0
    const bytes = typing.updates.slice(0, sent).reduce((total, { length }) => total + length, 0)
    load.close()
    return { written: written / sent, amplification: written / bytes }
  } finally {
    await server.dispose()
  }
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((total, entry) => {
    const path = join(folder, entry.name)
    return total + (entry.isDirectory() ? bytesIn(path) : statSync(path).size)
  }, 0)
}
