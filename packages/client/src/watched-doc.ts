import { isEmptyUpdate } from '@tidemark/updates/merge'
import { isDead, pendingOf, revive as reviveDoc } from '@tidemark/updates/yjs-internals'
import {
  applyUpdate,
  applyUpdateV2,
  type Doc,
  decodeStateVector,
  encodeStateAsUpdate,
  encodeStateVector,
  type Transaction,
  transact,
} from 'yjs'
import type { StoredUpdate } from './store/replica-store.ts'

/** The origin of every transaction that comes from the relay or the device. */
const remote = Symbol('tidemark')

export interface WatchedDocDeps {
  readonly doc: Doc
  /** An own edit was made; also one by another provider of the same `Y.Doc`. */
  edited(update: Uint8Array): void
  /**
   * The document had stopped emitting events. It emits again, and what it had not emitted went to `edited`; unless with
   * an error: then Yjs cannot even encode it, and what was not emitted is lost with this page.
   * Answers whether the document can still be trusted.
   */
  revived(error: unknown): boolean
  /** It cannot, and nobody was just applying anything. */
  damaged(): void
  /** Somebody's listener or observer threw; everything was applied. */
  observerThrew(error: unknown): void
}

/**
 * - `applied`: all of it.
 * - `pending`: all, but Yjs holds something back because something it needs is missing.
 * - `broken`: Yjs failed. What is in the document may be neither the old nor the new content.
 */
export type Applied = 'applied' | 'pending' | 'broken'

export interface WatchedDoc {
  readonly doc: Doc
  apply(updates: readonly StoredUpdate[]): Applied
  /** No `edited` and `revived` from now on. `stray` is called at the next edit. */
  unwatch(stray: () => void): void
  /** Destroys the document; nothing is told of it any more. `stray` is called at the next edit. */
  destroy(stray: () => void): void
}

/**
 * Captures the edits of a `Y.Doc`, and notices when the document has died.
 *
 *     edit ──▶ beforeTransaction ──▶ … ──▶ update ──▶ edited(bytes)
 *                  │                          ╳  a listener threw: this event, and all later ones, never come
 *                  └── microtask: still in a transaction? revive it, encode what no event told of, edited(bytes)
 *
 * Its own listeners are the first of the document: an app's listener that throws, or closes the document, cannot keep them
 * from running.
 */
export function watchDoc({ doc, edited, revived, damaged, observerThrew }: WatchedDocDeps): WatchedDoc {
  /** The state that events have told of. */
  let captured: Map<number, number> = new Map()
  let checking = false
  let isOver = false
  /** Of the transaction that runs: by the time of 'update' Yjs may have changed it, because an edit was remote. */
  let clientId = doc.clientID

  /**
   * Yjs encodes a transaction if somebody listens to 'update' now. Of what was received nobody needs that, unless the app
   * listens: for a document that is opened it takes a tenth of the time. `apply` listens again.
   */
  function onCleanup(transaction: Transaction): void {
    // A listener that edits within our own transaction makes it an own edit, too.
    if (transaction.origin !== remote || clockMoved(clientId, transaction)) {
      doc.on('update', onUpdate)
    } else {
      captured = transaction.afterState
      if (doc._observers.get('update')?.size === 1) doc.off('update', onUpdate)
    }
  }

  function onUpdate(update: Uint8Array, origin: unknown, _doc: Doc, transaction: Transaction): void {
    captured = transaction.afterState
    if (origin !== remote || clockMoved(clientId, transaction)) edited(update)
  }

  function onBeforeTransaction(): void {
    clientId = doc.clientID
    if (checking) return
    checking = true
    // No transaction lasts longer than the code that runs now.
    void Promise.resolve().then(() => {
      checking = false
      if (!revive()) damaged()
    })
  }

  /** Whether the document is alive and well, if need be again. */
  function revive(): boolean {
    if (!isDead(doc)) return true
    reviveDoc(doc)
    try {
      tellMissed()
      return revived(null)
    } catch (error) {
      return revived(error)
    }
  }

  function tellMissed(): void {
    const missed = encodeStateAsUpdate(doc, encodeStateVector(captured))
    captured = decodeStateVector(encodeStateVector(doc))
    if (!isEmptyUpdate(missed)) edited(missed)
  }

  /** The app destroyed what is not its own, and with it all listeners; Yjs goes on taking edits all the same. */
  function onDestroy(): void {
    void Promise.resolve().then(() => {
      if (isOver) return
      watch()
      try {
        tellMissed()
      } catch {
        damaged()
      }
    })
  }

  function watch(): void {
    doc.on('update', onUpdate)
    doc.on('beforeTransaction', onBeforeTransaction)
    doc.on('afterTransactionCleanup', onCleanup)
    doc.on('destroy', onDestroy)
  }

  function end(): void {
    isOver = true
    doc.off('update', onUpdate)
    doc.off('beforeTransaction', onBeforeTransaction)
    doc.off('afterTransactionCleanup', onCleanup)
    doc.off('destroy', onDestroy)
  }

  watch()

  return {
    doc,
    apply(updates) {
      if (!revive()) return 'broken'
      let integrated = false
      try {
        // As one transaction: observers run once, and many small updates cost a fifth. Not local, as Yjs would do it.
        transact(doc, () => void (integrated = applyAll(doc, updates)), remote, false)
      } catch (error) {
        if (!integrated) return 'broken'
        if (!isDead(doc)) observerThrew(error)
      } finally {
        // Before the app can get in front.
        if (!isOver) doc.on('update', onUpdate)
      }
      if (!revive()) return 'broken'
      return pendingOf(doc) ? 'pending' : 'applied'
    },
    unwatch(stray) {
      end()
      doc.once('update', stray)
    },
    destroy(stray) {
      end()
      try {
        doc.destroy()
      } finally {
        doc.once('update', stray)
      }
    },
  }
}

function applyAll(doc: Doc, updates: readonly StoredUpdate[]): true {
  for (const { update, version } of updates) {
    if (version === 1) applyUpdate(doc, update, remote)
    else applyUpdateV2(doc, update, remote)
  }
  return true
}

function clockMoved(clientId: number, { beforeState, afterState }: Transaction): boolean {
  return beforeState.get(clientId) !== afterState.get(clientId)
}
