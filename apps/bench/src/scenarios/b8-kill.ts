import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createRandom } from '@tidemark/updates/testing'
import { joinDocument } from '../load/joiner.ts'
import { Load } from '../load/load.ts'
import { sleep } from '../measure/waiting.ts'
import { ServerProcess } from '../systems/server-process.ts'
import { typingUpdates } from '../workload/typing.ts'
import type { Figures, Scenario, Trial } from './scenario.ts'
import { atMost } from './target.ts'

export const killed: Scenario = {
  id: 'B8',
  title: 'What is lost',
  what:
    'A writer types, a reader reads; at a random moment, just when the reader has got an update, the server is killed (kill -9) ' +
    'and started again, 20 times, without the two. What a new session does not find is lost. It counts as acknowledged what the server had confirmed to its ' +
    'writer (y-websocket confirms nothing), as delivered what the reader had. It shows crashes of the process, not of the machine.',
  cases: [
    { id: '200', label: '200 updates/s' },
    { id: '5000', label: '5,000 updates/s' },
  ],
  systems: ['tidemark', 'y-leveldb', 'hocuspocus-3', 'hocuspocus-4'],
  figures: [
    { key: 'acknowledged', label: 'acknowledged and lost', unit: '', digits: 0 },
    { key: 'delivered', label: 'delivered and lost', unit: '', digits: 0 },
    { key: 'most', label: 'most at once', unit: '', digits: 0 },
    { key: 'ms', label: 'longest span lost', unit: 'ms', digits: 0 },
    { key: 'updates', label: 'delivered in all', unit: '', digits: 0 },
    { key: 'kills', label: 'kills', unit: '', digits: 0 },
  ],
  chart: { figure: 'delivered', title: 'Updates lost that others had seen, in 20 kills', better: 'less' },
  targets: ['200', '5000'].flatMap((id) =>
    ['acknowledged', 'delivered'].map((figure) =>
      atMost({ text: `no ${figure} update lost at ${id}/s`, case: id, figure, limit: 0 }),
    ),
  ),
  run: killOften,
}

interface Loss {
  readonly acknowledged: number
  readonly delivered: number
  readonly ms: number
  readonly seen: number
}

/** After the server has said that all is sent: y-leveldb says so before it has read anything. */
const restMs = 1_000

async function killOften(trial: Trial): Promise<Figures> {
  const { case: id, small, folder } = trial
  const kills = small ? 1 : 20
  const random = createRandom(Number(id))
  const losses: Loss[] = []
  for (let at = 0; at < kills; at++) {
    const place = join(folder, String(at))
    mkdirSync(place)
    const afterMs = (small ? 200 : 1_000) * (0.5 + random())
    losses.push(await killOnce({ ...trial, folder: place }, afterMs))
  }
  const sum = (of: (loss: Loss) => number): number => losses.reduce((total, loss) => total + of(loss), 0)
  return {
    acknowledged: sum(({ acknowledged }) => acknowledged),
    delivered: sum(({ delivered }) => delivered),
    most: Math.max(...losses.map(({ delivered }) => delivered)),
    ms: Math.max(...losses.map(({ ms }) => ms)),
    updates: sum(({ seen }) => seen),
    kills,
  }
}

async function killOnce({ system, case: id, small, folder }: Trial, afterMs: number): Promise<Loss> {
  const perSecond = Number(id)
  const typing = typingUpdates(Math.ceil((perSecond * 2_500) / 1_000))
  const server = await ServerProcess.start(system, { folder })
  try {
    const load = await Load.open({ system, server, documents: 1, sessions: 2, typing })
    const typed = load.pace(afterMs + 200, perSecond)
    await sleep(afterMs)
    await load.nextDelivery()
    await server.kill()
    await typed
    const room = load.rooms[0]
    if (room === undefined) throw new Error('no room')
    load.close()
    await server.start()
    const joiner = await joinDocument({
      dialect: system.dialect,
      port: server.port,
      document: 'bench-0',
      wants: { kind: 'answer' },
    })
    await sleep(small ? restMs / 10 : restMs)
    const has = joiner.has(typing)
    joiner.session.close()
    const { delivered, acked, sentMs } = room
    return {
      acknowledged: Math.max(0, acked - has),
      delivered: Math.max(0, delivered - has),
      ms: delivered > has ? (sentMs[delivered - 1] as number) - (sentMs[has] as number) : 0,
      seen: delivered,
    }
  } finally {
    await server.dispose()
  }
}
