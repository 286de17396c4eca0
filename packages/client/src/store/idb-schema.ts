import type { DocumentId } from '@tidemark/base'
import type { DBSchema, IDBPDatabase } from 'idb'
import type { AsideReplica } from '../api.ts'
import type { DocumentRecord } from './change.ts'
import type { PackedUpdate } from './packed-update.ts'

/** The database's format: a released one is read for ever. */
export interface Schema extends DBSchema {
  documents: { key: DocumentId; value: DocumentRecord }
  updates: { key: number; value: PackedUpdate & { document: DocumentId }; indexes: { document: DocumentId } }
  outbox: { key: [document: DocumentId, tab: string, number: number]; value: Uint8Array }
  aside: { key: string; value: AsideReplica }
  asideUpdates: { key: string; value: readonly PackedUpdate[] }
}

export type Database = IDBPDatabase<Schema>

export const version = 1

export const names = ['documents', 'updates', 'outbox', 'aside', 'asideUpdates'] as const

export function createStores(database: Database): void {
  database.createObjectStore('documents')
  database.createObjectStore('updates', { autoIncrement: true }).createIndex('document', 'document')
  database.createObjectStore('outbox')
  database.createObjectStore('aside', { keyPath: 'id' })
  database.createObjectStore('asideUpdates')
}
