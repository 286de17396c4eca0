import type { DocumentHandle } from '@tidemark/client'
import { openSqliteLog } from '@tidemark/log/sqlite'
import {
  type ConcurrentTrace,
  generateSequentialTrace,
  loadConcurrentTrace,
  loadSequentialTrace,
  type SequentialTrace,
} from '@tidemark/updates/testing'
import { encodeStateVector } from 'yjs'
import { RelayProcess } from '../harness/relay-process.ts'
import { createSdkClient, type SdkClient } from '../harness/sdk-client.ts'
import { createStockClient, type StockClient } from '../harness/stock-client.ts'
import { makeTemporaryFolder, removeFolder } from '../harness/temp-folder.ts'
import { until } from '../harness/until.ts'
import { folderBytes, meterConnections, processUse } from './meter.ts'
import { type Typing, typeConcurrently, typeSequentially } from './typists.ts'

export const traceNames = ['automerge-paper', 'json-crdt-blog-post', 'friendsforever', 'generated'] as const
export type TraceName = (typeof traceNames)[number]

export interface ReplayOptions {
  readonly trace: TraceName
  /** Only so many of the trace's edits; all without it. */
  readonly edits?: number
  readonly onProgress?: (made: number, edits: number) => void
}

export interface ReplayReport {
  readonly edits: number
  readonly characters: number
  /** From the first keystroke until every reader has the last. */
  readonly seconds: number
  readonly wireBytes: number
  readonly logBytes: number
  readonly logEntries: number
  /** null where the system does not tell. */
  readonly relayCpuSeconds: number | null
  readonly relayResidentBytes: number | null
  /** A new client with nothing on its device, against a relay that was just started. */
  readonly coldOpenMs: number
}

const document = 'trace'
const root = 'text'
const generatedEdits = 20_000
/** A person never gets this far ahead of the relay; a program must be held back somewhere. */
const unsavedMax = 5_000
/** How long is typed before the event loop gets its turn. */
const sliceMs = 4
const deadlineMs = 240_000

/**
 * Replays an editing trace through SDK clients while an SDK client and a stock y-websocket client read along, against a
 * relay process with its database on disk, over loopback. Throws unless in the end every replica, and a cold reload from
 * the log, hold exactly what the trace says.
 */
export async function replay({
  trace,
  edits = Number.POSITIVE_INFINITY,
  onProgress,
}: ReplayOptions): Promise<ReplayReport> {
  const folder = makeTemporaryFolder()
  const relay = await RelayProcess.start({ folder, flags: ['--log-level', 'error'] })
  try {
    const run = await replayThrough(relay, trace, edits, onProgress ?? (() => {}))
    const logEntries = await countEntries(folder)
    const logBytes = folderBytes(folder)
    const coldOpenMs = await coldReload(relay, run.endContent)
    return { ...run.report, logEntries, logBytes, coldOpenMs }
  } finally {
    await relay.kill()
    removeFolder(folder)
  }
}

interface Run {
  readonly endContent: string
  readonly report: Omit<ReplayReport, 'logEntries' | 'logBytes' | 'coldOpenMs'>
}

async function replayThrough(
  relay: RelayProcess,
  name: TraceName,
  edits: number,
  onProgress: (made: number, edits: number) => void,
): Promise<Run> {
  const meter = meterConnections()
  const trace = loadTrace(name, edits)
  const authors = Array.from({ length: 'numAgents' in trace ? trace.numAgents : 1 }, () =>
    createSdkClient(relay.url),
  )
  const reader = createSdkClient(relay.url)
  const stock = createStockClient(relay.stockUrl, document)
  const handles = [...authors, reader].map((client) => client.open(document))
  await Promise.all(handles.map((handle) => handle.synced))
  await until('the stock client is synced', () => stock.provider.synced)

  const typing = typingOf(trace, handles, edits)
  const before = processUse(relay.pid)
  const startMs = performance.now()
  await type(typing, handles.slice(0, authors.length), onProgress)
  await Promise.all(handles.map((handle) => handle.saved()))
  await everybodyHasAll(handles, stock)
  const seconds = (performance.now() - startMs) / 1000
  const after = processUse(relay.pid)
  for (const doc of [...handles.map((handle) => handle.doc), stock.doc]) requireText(doc, typing.endContent)

  await closeAll([...authors, reader], stock)
  await relay.stop()
  meter.stop()
  const relayCpuSeconds = before && after && after.cpuSeconds - before.cpuSeconds
  return {
    endContent: typing.endContent,
    report: {
      edits: typing.edits,
      characters: typing.endContent.length,
      seconds,
      wireBytes: meter.bytes,
      relayCpuSeconds,
      relayResidentBytes: after?.residentBytes ?? null,
    },
  }
}

function loadTrace(name: TraceName, edits: number): SequentialTrace | ConcurrentTrace {
  if (name === 'friendsforever') return loadConcurrentTrace(name)
  if (name === 'generated') return generateSequentialTrace(1, Number.isFinite(edits) ? edits : generatedEdits)
  return loadSequentialTrace(name)
}

function typingOf(
  trace: SequentialTrace | ConcurrentTrace,
  handles: readonly DocumentHandle[],
  edits: number,
): Typing {
  const docs = handles.map((handle) => () => handle.doc)
  if ('numAgents' in trace) return typeConcurrently(trace, docs.slice(0, trace.numAgents), root, edits)
  return typeSequentially(trace, () => (handles[0] as DocumentHandle).doc, root, edits)
}

/** As fast as it goes, in slices: what was typed leaves, and what arrived is taken in, between two of them. */
async function type(
  typing: Typing,
  handles: readonly DocumentHandle[],
  onProgress: (made: number, edits: number) => void,
): Promise<void> {
  const held = (): boolean => handles.some(({ status }) => status.unsaved > unsavedMax)
  const endMs = performance.now() + deadlineMs
  while (typing.made < typing.edits) {
    const sliceEndMs = performance.now() + sliceMs
    while (!held() && performance.now() < sliceEndMs && typing.step());
    if (performance.now() > endMs)
      throw new Error(`only ${typing.made} of ${typing.edits} edits were made in time`)
    onProgress(typing.made, typing.edits)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function everybodyHasAll(handles: readonly DocumentHandle[], stock: StockClient): Promise<void> {
  const [first] = handles as [DocumentHandle]
  const target = String(encodeStateVector(first.doc))
  const docs = [...handles.map((handle) => handle.doc), stock.doc]
  await until(
    'every replica has the last edit',
    () => docs.every((doc) => String(encodeStateVector(doc)) === target),
    deadlineMs,
  )
}

function requireText(doc: DocumentHandle['doc'], expected: string): void {
  const text = doc.getText(root).toString()
  if (text !== expected)
    throw new Error(`a replica holds ${text.length} characters that are not the recorded end`)
}

async function closeAll(clients: readonly SdkClient[], stock: StockClient): Promise<void> {
  stock.close()
  await Promise.all(clients.map(({ client }) => client.close()))
}

async function countEntries(folder: string): Promise<number> {
  const log = await openSqliteLog({ folder })
  const state = await log.load(document)
  await log.close()
  return state?.head ?? 0
}

/** Everything from the log alone: another process of the relay, another client, nothing on the device. */
async function coldReload(relay: RelayProcess, expected: string): Promise<number> {
  await relay.start()
  const startMs = performance.now()
  const cold = createSdkClient(relay.url)
  const handle = cold.open(document)
  await handle.synced
  const tookMs = performance.now() - startMs
  requireText(handle.doc, expected)
  await cold.client.close()
  return tookMs
}
