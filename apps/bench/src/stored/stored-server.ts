import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import * as Y from 'yjs'
import { createBareDialect } from '../dialects/bare.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { Room } from '../load/room.ts'
import { until } from '../measure/waiting.ts'
import type { Trial } from '../scenarios/scenario.ts'
import { ServerProcess } from '../systems/server-process.ts'
import type { System } from '../systems/system.ts'
import type { Typing } from '../workload/typing.ts'
import { seedLog } from './log-seed.ts'

export interface StoredDocuments {
  readonly ids: readonly string[]
  /** What each of them holds. */
  readonly typing: Typing
  /** For Tidemark: a snapshot stands for it all. Without it every update is an entry of the log. */
  readonly compacted: boolean
}

/** What the bare server sends in the document's place. */
export type BareBytes = 'v1' | 'v2-deflate'

/**
 * A server that holds these documents, started since: nothing of them is in its memory. Tidemark's log is written
 * directly; the others get the documents from a client, store them, and are stopped. One that stores nothing goes on
 * running, and the bare server has a file that it sends to whoever comes.
 */
export async function startWith(
  { system, folder }: Pick<Trial, 'system' | 'folder'>,
  documents: StoredDocuments,
  bareBytes: BareBytes = 'v2-deflate',
): Promise<ServerProcess> {
  mkdirSync(folder, { recursive: true })
  switch (system.storage) {
    case 'durable': {
      const { ids, typing, compacted } = documents
      await seedLog(
        folder,
        ids.map((id) => ({ id, updates: typing.updates, compacted })),
      )
      return ServerProcess.start(system, { folder })
    }
    case 'limit': {
      const greet = join(folder, 'document')
      writeFileSync(greet, encodeState(documents.typing, bareBytes))
      return ServerProcess.start(system, { folder, greet })
    }
    case 'none':
    case 'later': {
      const server = await ServerProcess.start(system, { folder })
      for (const id of documents.ids) await teachDocument(server, system, id, documents.typing)
      if (system.storage === 'none') return server
      await server.stop()
      await server.start()
      return server
    }
  }
}

/** How to join what `startWith` started: the bare server speaks first. */
export function dialectOf(system: System): Dialect {
  return system.storage === 'limit' ? createBareDialect({ greeted: true }) : system.dialect
}

/** The document as Yjs encodes it whole. */
export function encodeState(typing: Typing, bytes: BareBytes): Uint8Array {
  const doc = docOf(typing)
  const state = bytes === 'v1' ? Y.encodeStateAsUpdate(doc) : deflateRawSync(Y.encodeStateAsUpdateV2(doc))
  doc.destroy()
  return state
}

export function docOf({ updates }: Typing): Y.Doc {
  const doc = new Y.Doc()
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update)
  })
  return doc
}

/** How far a teacher goes ahead of the reader who tells that the server has it. */
const window = 500

/** Types a document into a server; resolves when the server has passed all of it on to somebody else. */
export async function teachDocument(
  server: ServerProcess,
  system: System,
  document: string,
  typing: Typing,
): Promise<void> {
  const { dialect } = system
  const room = await Room.open({
    dialect,
    port: server.port,
    document,
    typing,
    readers: 1,
    onDelivered: () => {},
  })
  while (room.left > 0) {
    room.type(window)
    await until('the server has passed it on', () => room.delivered === room.sent)
  }
  room.close()
}
