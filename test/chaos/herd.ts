import { RelayProcess } from '../harness/relay-process.ts'
import { createSdkClient } from '../harness/sdk-client.ts'
import { makeTemporaryFolder, removeFolder } from '../harness/temp-folder.ts'
import { until } from '../harness/until.ts'

/** L5, for 5,000 sessions. */
export const herdDeadlineMs = 60_000

export interface HerdOptions {
  readonly sessions: number
  readonly documents: number
  /** L5: within this time after the relay is back, everybody is live again and saves. */
  readonly deadlineMs: number
}

export interface HerdReport {
  /** From the moment at which the relay was killed until all were live again, restart included. */
  readonly liveAgainMs: number
  /** From then until an edit of each was durable. */
  readonly savedMs: number
}

/**
 * Many sessions, a connection each, lose their relay at once and come back when it does. Rejects when they have not
 * within the deadline. Stops everything that it started.
 */
export async function runHerd({ sessions, documents, deadlineMs }: HerdOptions): Promise<HerdReport> {
  const folder = makeTemporaryFolder()
  const relay = await RelayProcess.start({ folder, flags: ['--log-level', 'error'] })
  const clients = Array.from({ length: sessions }, () => createSdkClient(relay.url))
  try {
    const handles = clients.map((client, index) => client.open(`herd-${index % documents}`))
    const allLive = (): boolean => handles.every(({ status }) => status.connection === 'live')
    await until('all have come', allLive, deadlineMs)
    const killedMs = performance.now()
    await relay.kill()
    await until('all have noticed', () => !handles.some(({ status }) => status.connection === 'live'))
    await relay.start()
    await until('all are live again', allLive, deadlineMs)
    const liveMs = performance.now()
    for (const [index, { doc }] of handles.entries()) doc.getMap('herd').set(`${index}`, index)
    await until('all is saved', () => handles.every(({ status }) => status.edits === 'saved'), deadlineMs)
    return { liveAgainMs: liveMs - killedMs, savedMs: performance.now() - liveMs }
  } finally {
    await Promise.all(clients.map(({ client }) => client.close()))
    await relay.stop()
    removeFolder(folder)
  }
}
