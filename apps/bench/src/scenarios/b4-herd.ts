import * as Y from 'yjs'
import type { Holding } from '../dialects/dialect.ts'
import { type Joiner, joinDocument } from '../load/joiner.ts'
import { sleep } from '../measure/waiting.ts'
import { docOf, startWith } from '../stored/stored-server.ts'
import { ServerProcess } from '../systems/server-process.ts'
import { typingUpdates } from '../workload/typing.ts'
import { type Figures, type Scenario, servers, type Trial } from './scenario.ts'
import { atMost, atMostTimes } from './target.ts'

export const herd: Scenario = {
  id: 'B4',
  title: 'A reconnect herd',
  what:
    '1,000 sessions on 100 documents of some 50 KB each, all up to date; the server is restarted and all come back at ' +
    'once. @y/websocket-server would have lost everything by a restart: its clients only lose their connections. Bare ws is the handshakes.',
  cases: [{ id: 'herd', label: '1,000 sessions, 100 documents' }],
  systems: servers,
  figures: [
    { key: 'bytes', label: 'bytes per session beyond the handshake', unit: '', digits: 0 },
    { key: 'cpu', label: 'server CPU', unit: 's', digits: 2 },
    { key: 'seconds', label: 'until all are live', unit: 's', digits: 2 },
    { key: 'load', label: 'load CPU', unit: '%', digits: 0 },
    { key: 'missing', label: 'not live', unit: '', digits: 0 },
  ],
  chart: { figure: 'bytes', title: 'Bytes per session to find out that nothing was missed', better: 'less' },
  targets: [
    atMost({
      text: 'at most 200 bytes per session and document beyond the handshake',
      case: 'herd',
      figure: 'bytes',
      limit: 200,
    }),
    atMostTimes({
      text: 'CPU at most 1.3 × bare',
      case: 'herd',
      figure: 'cpu',
      limit: 1.3,
      than: 'bare',
    }),
  ],
  run: stampede,
}

const edits = 25_000
const smallEdits = 500

async function stampede({ system, small, folder }: Trial): Promise<Figures> {
  const typing = typingUpdates(small ? smallEdits : edits)
  const documents = small ? 3 : 100
  const sessions = small ? 12 : 1_000
  const ids = Array.from({ length: documents }, (_, at) => `herd-${at}`)
  const whole = { ...typing, updates: [Y.encodeStateAsUpdate(docOf(typing))] }
  const stored = {
    ids,
    typing: { ...whole, clocks: typing.clocks.slice(-1), deletes: [null] },
    compacted: true,
  }
  const server = await (system.storage === 'limit'
    ? ServerProcess.start(system, { folder })
    : startWith({ system, folder }, stored))
  const holding = holdingOf(docOf(typing))
  const { dialect } = system
  const come = (held: readonly Holding[]): Promise<Joiner[]> =>
    Promise.all(
      Array.from({ length: sessions }, (_, at) =>
        joinDocument({
          dialect,
          port: server.port,
          document: ids[at % documents] as string,
          wants: { kind: 'answer' },
          ...(held[at] ? { holds: held[at] } : {}),
        }),
      ),
    )
  try {
    const first = await come(Array.from({ length: sessions }, () => holding(null)))
    const held = first.map(({ session }) => holding(session.cursor))
    for (const { session } of first) session.close()
    if (system.storage !== 'none') {
      await server.stop()
      await server.start()
    }
    await sleep(small ? 50 : 1_000)
    return await measureReturn(server, () => come(held), sessions, small)
  } finally {
    await server.dispose()
  }
}

async function measureReturn(
  server: ServerProcess,
  comeBack: () => Promise<Joiner[]>,
  sessions: number,
  small: boolean,
): Promise<Figures> {
  const before = server.use
  const cpuBefore = process.cpuUsage()
  const startMs = performance.now()
  const back = await comeBack()
  const seconds = (performance.now() - startMs) / 1_000
  const cpu = process.cpuUsage(cpuBefore)
  // What is said after a session is live belongs to its price as well.
  await sleep(small ? 50 : 500)
  const figures = {
    bytes: back.reduce((total, { bytes }) => total + bytes, 0) / sessions,
    cpu: server.use.cpuSeconds - before.cpuSeconds,
    seconds,
    load: (cpu.user + cpu.system) / 1e4 / seconds,
    missing: sessions - back.length,
  }
  for (const { session } of back) session.close()
  return figures
}

/** What every session holds; the differences that servers ask for are made once. */
function holdingOf(doc: Y.Doc): (cursor: Holding['cursor']) => Holding {
  const stateVector = Y.encodeStateVector(doc)
  const differences = new Map<string, Uint8Array>()
  const difference = (of: Uint8Array): Uint8Array => {
    const key = Buffer.from(of).toString('latin1')
    const made = differences.get(key) ?? Y.encodeStateAsUpdate(doc, of)
    differences.set(key, made)
    return made
  }
  return (cursor) => ({ stateVector, difference, cursor })
}
