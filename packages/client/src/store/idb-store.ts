import type { Clock, DocumentId, Random } from '@tidemark/base'
import { type IDBPTransaction, openDB } from 'idb'
import { decideChange } from './change.ts'
import { createStores, type Database, names, type Schema, version } from './idb-schema.ts'
import { begin, inTransaction } from './idb-transaction.ts'
import { type PackedUpdate, unpack } from './packed-update.ts'
import { createPacker, type Packer } from './packer.ts'
import type { Incarnation, OutboxRecord, ReplicaChange, ReplicaStore, Written } from './replica-store.ts'
import { storeError } from './store-error.ts'

type StoreName = (typeof names)[number]
type Write = IDBPTransaction<Schema, StoreName[], 'readwrite'>

/** Keeps replicas in the IndexedDB database `name`: one for all documents, shared by all tabs of an origin. */
export function createIdbStore(
  name: string,
  clock: Clock,
  durability: 'relaxed' | 'strict' = 'relaxed',
  random: Random = Math.random,
): ReplicaStore {
  let opened: Promise<Database> | null = null
  const packer = createPacker(clock, durability)

  function forget(database: Promise<Database>): void {
    if (opened === database) opened = null
    database.then((db) => db.close()).catch(() => {})
  }

  function open(): Promise<Database> {
    if (opened) return opened
    const database: Promise<Database> = new Promise<Database>((resolve, reject) => {
      const opening = openDB<Schema>(name, version, {
        upgrade: createStores,
        // Another tab still holds the version before. Whoever waits is told; the opening goes on by itself, and what it
        // opens is nobody's: left open, it would block all later versions.
        blocked() {
          reject(new DOMException('another tab holds an older version', 'VersionError'))
          opening.then((db) => db.close()).catch(() => {})
        },
        // A newer version of the app wants to upgrade: this one must not stand in its way.
        blocking: () => forget(database),
        terminated: () => forget(database),
      })
      opening.then(resolve, reject)
    })
    // Whoever uses it is told; some wait for something else first.
    database.catch(() => {})
    opened = database
    return database
  }

  /** A failure may mean that the connection is gone: the next call opens another. */
  async function use<T>(run: (database: Database) => Promise<T>): Promise<T> {
    const database = open()
    try {
      return await run(await database)
    } catch (error) {
      forget(database)
      throw storeError(error)
    }
  }

  return {
    persistent: true,
    load: (document) => use((database) => load(database, document, packer)),
    loadOutbox: (document, known) => use((database) => loadOutbox(database, document, known)),
    write(document, change) {
      return use(async (database) => {
        // Nothing is waited for here: who was called later would get ahead.
        const transaction = database.transaction(names as unknown as StoreName[], 'readwrite', { durability })
        const written = write(transaction, document, change, random(), packer)
        // A step that fails must not leave the steps before it to be committed.
        written.catch(() => abort(transaction))
        return (await Promise.all([written, transaction.done]))[0]
      })
    },
    listAside: () => use((database) => inTransaction(database.transaction('aside')).store.getAll()),
    readAside: (id) =>
      use(async (database) => {
        const updates = await inTransaction(database.transaction('asideUpdates')).store.get(id)
        return updates ? Promise.all(updates.map(unpack)) : null
      }),
    deleteAside(id) {
      return use(async (database) => {
        const transaction = database.transaction(['aside', 'asideUpdates'], 'readwrite')
        const parts = [transaction.objectStore('aside'), transaction.objectStore('asideUpdates')]
        await Promise.all([...parts.map((part) => part.delete(id)), transaction.done])
      })
    },
    async close() {
      const database = opened
      opened = null
      packer.stop()
      await database?.then((db) => db.close()).catch(() => {})
    },
  }
}

function abort(transaction: Write): void {
  try {
    transaction.abort()
  } catch {
    // It has ended already.
  }
}

function outboxOf(document: DocumentId): IDBKeyRange {
  return IDBKeyRange.bound([document], [document, []])
}

async function load(
  database: Database,
  document: DocumentId,
  packer: Packer,
): ReturnType<ReplicaStore['load']> {
  const transaction = inTransaction(database.transaction(['documents', 'updates', 'outbox']))
  const updates = transaction.objectStore('updates').index('document')
  const outbox = transaction.objectStore('outbox')
  const [record, keys, values, outboxKeys, outboxValues] = await Promise.all([
    transaction.objectStore('documents').get(document),
    updates.getAllKeys(document),
    updates.getAll(document),
    outbox.getAllKeys(outboxOf(document)),
    outbox.getAll(outboxOf(document)),
  ])
  packer.found(database, keys, values)
  const unpacked = await Promise.all(values.map(unpack))
  return record
    ? {
        ...record,
        updates: unpacked.map((stored, i) => ({ ...stored, key: keys[i] as number })),
        outbox: outboxKeys.map(([, tab, number], i) => ({
          tab,
          number,
          update: outboxValues[i] as Uint8Array,
        })),
      }
    : null
}

/** Reads the first record of each known tab, to leap over the others of it, and what is new. */
async function loadOutbox(
  database: Database,
  document: DocumentId,
  known: ReadonlyMap<string, number>,
): ReturnType<ReplicaStore['loadOutbox']> {
  const transaction = inTransaction(database.transaction(['documents', 'outbox']))
  const record = await transaction.objectStore('documents').get(document)
  const outbox: OutboxRecord[] = []
  for (let at = await transaction.objectStore('outbox').openCursor(outboxOf(document)); at; ) {
    const [, tab, number] = at.key
    const through = known.get(tab) ?? 0
    if (number > through) outbox.push({ tab, number, update: at.value })
    // Numbers are integers.
    at = await (number > through ? at.continue() : at.continue([document, tab, through + 0.5]))
  }
  return record ? { ...record, outbox } : null
}

async function write(
  transaction: Write,
  document: DocumentId,
  change: ReplicaChange,
  fresh: Incarnation,
  packer: Packer,
): Promise<Written> {
  const documents = transaction.objectStore('documents')
  const updates = transaction.objectStore('updates')
  const outbox = transaction.objectStore('outbox')
  const stored = (await documents.get(document)) ?? null
  const { outcome, incarnation, record, isOther, added, gone } = decideChange(stored, change, fresh)
  if (!record) return { outcome, incarnation, keys: [] }
  await makeWay(transaction, document, change, isOther)
  for (const { tab, through } of change.acked)
    begin(outbox.delete(IDBKeyRange.bound([document, tab, 0], [document, tab, through])))
  for (const { tab, number, update } of change.edits) begin(outbox.put(update, [document, tab, number]))
  for (const key of gone) begin(updates.delete(key))
  begin(documents.put(record, document))
  const keys = await Promise.all(added.map((each) => updates.add({ document, ...each })))
  packer.found(transaction.db, keys, added)
  return { outcome, incarnation, keys }
}

async function makeWay(
  transaction: Write,
  document: DocumentId,
  change: ReplicaChange,
  others: boolean,
): Promise<void> {
  const going: PackedUpdate[] = []
  if (others || change.rebuilt) {
    const updates = transaction.objectStore('updates')
    for (let at = await updates.index('document').openCursor(document); at; at = await at.continue()) {
      const { document: _, ...update } = at.value
      going.push(update)
      begin(at.delete())
    }
  }
  if (others) {
    const outbox = transaction.objectStore('outbox')
    for (const update of await outbox.getAll(outboxOf(document))) going.push({ update, version: 1 })
    begin(outbox.delete(outboxOf(document)))
  }
  if (!change.aside) return
  const { updates, ...aside } = change.aside
  const kept = [...updates, ...going]
  if (kept.length === 0) return
  begin(transaction.objectStore('aside').put({ ...aside, document }))
  begin(transaction.objectStore('asideUpdates').put(kept, aside.id))
}
