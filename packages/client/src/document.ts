import {
  type Access,
  type Cursor,
  type DocumentId,
  type Lineage,
  TidemarkError,
  type Unsubscribe,
} from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { AsideReason, DocumentHandle, DocumentStatus } from './api.ts'
import type { Connection } from './connection.ts'
import { loadRetryMs, loadWaitMsMax, rebuildRetryMs } from './limits.ts'
import { createListeners } from './listeners.ts'
import { createOutbox } from './outbox.ts'
import type { ClientPorts } from './ports.ts'
import { createPresence } from './presence.ts'
import { createReplica } from './replica.ts'
import { createSession, type Link } from './session.ts'
import { deriveStatus, isSameStatus } from './status.ts'
import type {
  CursorMove,
  Incarnation,
  NewAside,
  OutboxRecord,
  StoredReplica,
  StoredUpdate,
} from './store/replica-store.ts'
import { storeError } from './store/store-error.ts'
import { createStoreWatch } from './store-watch.ts'
import { createStoreWriter } from './store-writer.ts'
import { createVerifier } from './verifier.ts'
import { createWaiters } from './waiters.ts'
import type { Applied } from './watched-doc.ts'

export interface DocumentDeps {
  readonly id: DocumentId
  readonly access: Access
  /** Still brings an earlier handle of this document to the device. */
  readonly after: Promise<void> | null
  readonly ports: ClientPorts
  readonly connection: Connection
  /** Tells the other pages of the store that `tab` lives and has edits that are not sent. */
  tell(tab: string): void
  report(error: TidemarkError): void
}

/** A document of the client, and what the client tells it. */
export interface OpenDocument {
  readonly handle: Omit<DocumentHandle, 'close'>
  /** Another page has told of itself. */
  heard(tab: string): void
  /** The page may end soon, or is back. */
  hurry(isHurried: boolean): void
  /** The connection's status changed. */
  connectionChanged(): void
  close(): Promise<void>
}

/** Wires one document: what happens in one part is told to the others here, and nothing else happens here. */
export function createDocument(deps: DocumentDeps): OpenDocument {
  const { id, access, after, ports, connection, report } = deps
  const { clock, store } = ports
  const tab = hex(ports.randomBytes(8))
  const listeners = createListeners(listenerThrew)
  const saving = createWaiters()
  const syncing = createWaiters()
  const loading = createWaiters()
  let link: Link | null = null
  let editNumber = 0
  /** The device has been read once: what it holds from now on was stored by pages that know each other. */
  let wasRead = false
  let isLoaded = false
  /** The session waits for the device no longer: it was read, or failed, or takes too long. */
  let isReady = false
  let isClosed = false
  let loadError: TidemarkError | null = null
  let rebuilding: { readonly error: TidemarkError; readonly isReset: boolean } | null = null
  let wasLive = false
  let isTurnDue = false
  let cancelLoad: Unsubscribe

  const outbox = createOutbox()

  const replica = createReplica({
    createDoc: () => ports.createDoc(id),
    edited,
    damaged: () => rebuild(new TidemarkError('replica/rebuilt', 'Yjs failed on the document')),
    observerThrew: (cause) =>
      report(new TidemarkError('client/listener-threw', 'a listener of the Y.Doc threw', { cause })),
    strayEdit: () => report(new TidemarkError('replica/rebuilt', 'this Y.Doc was replaced')),
  })

  const writer = createStoreWriter({
    document: id,
    store,
    clock,
    lineage: () => replica.lineage,
    cursor: () => session.proof ?? replica.cursor,
    state: () => replica.state(),
    unsent: () => outbox.records,
    storedEdits: tellOthers,
    changed: touch,
    report,
  })

  const watch = createStoreWatch({
    document: id,
    tab,
    clock,
    store,
    isLive: () => session.state.kind === 'live',
    hasUnsent: () => !outbox.isEmpty,
    lineage: () => replica.lineage,
    incarnation: () => writer.incarnation,
    tell: tellOthers,
    adopt,
    reload: load,
    wiped: writer.wiped,
  })

  const session = createSession({
    document: id,
    access,
    clock,
    inflate: ports.inflate,
    replica,
    outbox,
    moved(updates, after) {
      writer.received(updates, moveFrom(after))
    },
    jumped: () => writer.whole(),
    acked(batch, after) {
      const { marks, updates } = outbox.acked(batch)
      writer.acked(marks, updates, after === undefined ? null : moveFrom(after))
    },
    draftReady,
    rebuild,
    opened(how) {
      if (how === 'resync') verifier.suspect()
      presence.opened()
    },
    ended: () => presence.ended(),
    verified: (outcome) => verifier.verified(outcome),
    presenceChanged: (entries) => presence.received(entries),
    changed: touch,
    report,
  })

  const presence = createPresence({
    clock,
    id: () => replica.doc.clientID,
    send: (participant, state) =>
      session.send((number) => ({ type: 'presence-update', session: number, id: participant, state })),
    bytesMax: () => link?.limits.presenceBytesMax ?? Number.POSITIVE_INFINITY,
    report,
    listenerThrew,
  })

  const verifier = createVerifier({
    clock,
    random: ports.random,
    position: () => (session.isIdle ? (replica.cursor?.seq ?? null) : null),
    load: ports.loadDigest,
    doc: () => replica.doc,
    ask: (seq, digest) => session.send((number) => ({ type: 'verify', session: number, seq, digest })),
    differs: () => rebuild(new TidemarkError('replica/rebuilt', 'the replica differs from the log')),
  })

  const leaveConnection = connection.join({
    linked(next) {
      link = next
      // Others may have given the device a history while this page slept.
      if (isReady && replica.lineage === null && writer.incarnation !== null) load()
      else if (isReady) session.attach(next)
    },
    unlinked() {
      link = null
      session.detach()
    },
    received: (message) => session.received(message),
  })

  const loaded = loading.wait(() => isReady)
  const synced = syncing.wait(() => wasLive)
  let status = facts()
  /** The status that subscribers were told of last: reading it must not take the news from them. */
  let told = status
  cancelLoad = clock.after(loadWaitMsMax, ready)
  if (after) void after.then(load)
  else load()

  // The device.

  function moveFrom(after: Cursor | null): CursorMove | null {
    const cursor = session.proof ? null : replica.cursor
    return cursor && { after, cursor }
  }

  function load(): void {
    cancelLoad()
    cancelLoad = clock.after(loadWaitMsMax, ready)
    store.load(id).then(
      (stored) => {
        loadError = null
        if (isClosed) return
        if (stored) adoptAll(stored)
        wasRead = true
        watch.start()
        isLoaded = true
        ready()
      },
      (cause: unknown) => {
        if (isClosed) return
        sometimes('the device cannot be read')
        const isNews = loadError === null
        loadError = storeError(cause)
        if (isNews) report(loadError)
        isLoaded = true
        ready()
        cancelLoad = clock.after(loadRetryMs, load)
      },
    )
  }

  function adoptAll({ lineage, incarnation, cursor, updates, outbox: edits }: StoredReplica): void {
    if (lineage !== null && replica.lineage !== null && lineage !== replica.lineage)
      return giveWay(lineage, updates.length + edits.length > 0, edits.length > 0)
    // Another page began anew there: nothing that this one holds is on the device any more, and nothing says what was sent.
    const isWiped = writer.incarnation !== null && writer.incarnation !== incarnation
    if (isWiped) writer.wiped()
    writer.loaded(incarnation, updates)
    const outcome = take(watch.news(edits), updates, !isLoaded)
    if (replica.lineage === null && !replica.isDraft) {
      // Of other pages' edits those that the device waits for no longer are in its history, or in one that is no more:
      // then this page must not bring them into another, and shows what is nowhere. [LIN2]
      const isUnsent = ({ tab: by, number }: OutboxRecord): boolean =>
        by === tab || edits.some((edit) => edit.tab === by && edit.number >= number)
      if (!isWiped && outbox.forgetSent(isUnsent)) {
        sometimes('edits of another page were sent before this one had met a relay')
        verifier.suspect()
      }
      // What Yjs holds back may have got lost in Yjs: only the lineage is claimed, and the relay gives the rest.
      replica.place({ lineage, cursor: outcome === 'applied' ? cursor : null })
      // A relay that was told of no cursor has not checked this one.
      session.reopen()
    } else if (!wasRead && cursor) {
      sometimes('the device is read after the relay, and may hold what the log has lost')
      verifier.suspect()
    }
    if (outcome === 'broken' && !replica.isDraft)
      rebuild(new TidemarkError('replica/rebuilt', 'Yjs failed on the document'))
  }

  /** What is seen of other pages is sent before what builds on it: by number, and own edits get higher ones. */
  function take(
    edits: readonly OutboxRecord[],
    updates: readonly StoredUpdate[],
    wereHeld: boolean,
  ): Applied {
    for (const edit of edits.toSorted((a, b) => a.number - b.number)) {
      outbox.add(edit, wereHeld)
      editNumber = Math.max(editNumber, edit.number)
    }
    touch()
    return replica.load([...updates, ...edits.map(asStored)])
  }

  function adopt(edits: readonly OutboxRecord[], incarnation: Incarnation): void {
    writer.loaded(incarnation, [])
    // They may build on what the other page has received and this one has not; the store holds it all.
    if (take(edits, [], false) !== 'applied') load()
  }

  function tellOthers(): void {
    deps.tell(tab)
  }

  /** Reading the device took so long that another history was adopted from the relay. */
  function giveWay(lineage: Lineage, isKept: boolean, hadUnsent: boolean): void {
    const aside = isKept ? newAside('other-lineage', lineage, []) : null
    writer.replaced({ rebuilt: false, aside }, null)
    if (!aside) return
    const error = setAside(
      aside,
      new TidemarkError('document/other-lineage', 'the device holds another history of this document'),
    )
    if (hadUnsent) saving.fail(error)
    report(error)
  }

  function ready(): void {
    cancelLoad()
    if (isClosed) return
    isReady = true
    loading.check()
    if (link) session.attach(link)
    touch()
  }

  // Own edits.

  function edited(update: Uint8Array): void {
    if (isClosed) return
    const edit = { tab, number: ++editNumber, update }
    try {
      outbox.add(edit)
      writer.edited(edit)
    } catch (cause) {
      // Called from within the app's edit: what is thrown here would kill the Y.Doc's events. [FAIL5]
      report(storeError(cause))
    }
    touch()
  }

  function saved(): Promise<void> {
    if (isClosed) return Promise.reject(closedError(id))
    // What runs now may be within a transaction: its edit is known when it is over.
    return Promise.resolve().then(() => {
      const through = outbox.added
      const done = saving.wait(() => isLoaded && outbox.isAcked(through))
      if (outbox.parked) saving.fail(outbox.parked)
      return done
    })
  }

  // Rebuilding.

  function rebuild(error: TidemarkError, isReset = false): void {
    if (isClosed) return
    const isAgain = replica.isDraft
    rebuilding = { error, isReset: isReset || !!rebuilding?.isReset }
    replica.beginDraft()
    // One that met another history once more begins with nothing, as it did: that costs only another try.
    if (isAgain && error.code !== 'document/other-lineage')
      session.refuse(
        new TidemarkError(error.code, error.message, { cause: error, retryAfterMs: rebuildRetryMs }),
      )
    else session.reopen()
    touch()
  }

  function draftReady(): void {
    if (!rebuilding) return
    const { error, isReset } = rebuilding
    const { lineage } = replica
    const isOther = lineage !== null && lineage !== replica.position.lineage
    const isLost = isOther || isReset
    const unsent = outbox.all()
    const finished = replica.finishDraft(isLost ? null : unsent)
    if (!finished) return
    const isDropped = isLost || finished.misfits
    const reason: AsideReason = isOther ? 'other-lineage' : isReset ? 'reset' : 'rebuilt'
    // What was rebuilt may have held what nobody else has: Yjs alone cannot tell. And when the relay has lost its disk,
    // what it had acknowledged is on the devices only.
    const isKept = !isOther || finished.heldAny || unsent !== null
    const old = [finished.old, unsent && asStored({ update: unsent })].filter((part) => part !== null)
    const aside = newAside(reason, lineage, isKept ? old : [])
    writer.replaced({ rebuilt: !isOther, aside }, isDropped ? outbox.clear() : null)
    // What was kept aside will never be durable: whoever waits for that must not take the empty outbox for it. [ACK2]
    if (isDropped && unsent) saving.fail(setAside(aside, error))
    for (const update of finished.edits) edited(update)
    if (!isOther) report(new TidemarkError('replica/rebuilt', error.message, { cause: error }))
    else if (!isKept) report(error)
    if (isKept) report(setAside(aside, error))
    rebuilding = null
    settle()
  }

  function setAside(aside: NewAside, cause: TidemarkError): TidemarkError {
    return new TidemarkError('replica/set-aside', `a replica was kept aside (${aside.id})`, { cause })
  }

  /** The device has moved on to another history: what this replica holds has no other place. [LIN2] */
  async function leaveAside(): Promise<void> {
    const { error } = writer
    if (error?.code !== 'document/other-lineage') return
    const aside = newAside('other-lineage', replica.lineage, [replica.state()])
    const nothing = { lineage: null, incarnation: null, edits: [], acked: [], updates: [], move: null }
    await store.write(id, { kind: 'append', ...nothing, aside })
    report(setAside(aside, error))
  }

  function newAside(reason: AsideReason, lineage: string | null, updates: readonly StoredUpdate[]): NewAside {
    return { id: hex(ports.randomBytes(8)), reason, lineage, timeMs: clock.now(), updates }
  }

  // Status.

  function touch(): void {
    if (isTurnDue) return
    isTurnDue = true
    clock.turn(() => {
      isTurnDue = false
      if (isClosed) return
      session.pump()
      settle()
    })
  }

  function settle(): void {
    if (session.state.kind === 'live' && !replica.isDraft) wasLive = true
    if (outbox.parked) saving.fail(outbox.parked)
    saving.check()
    syncing.check()
    presence.moved()
    verifier.consider()
    if (currentStatus() === told) return
    told = status
    listeners.notify()
  }

  function currentStatus(): DocumentStatus {
    const next = facts()
    if (!isSameStatus(status, next)) status = next
    return status
  }

  function facts(): DocumentStatus {
    return deriveStatus({
      doc: replica.doc,
      generation: replica.generation,
      isLoaded,
      isClosed,
      connection: connection.status,
      session: session.state,
      unsaved: outbox.edits,
      isOnDevice: store.persistent && !writer.hasUnstored,
      parked: outbox.parked,
      refusal: session.refusal,
      storeError: writer.error ?? loadError,
      seq: replica.cursor?.seq ?? null,
      behind: session.behind,
    })
  }

  function listenerThrew(cause: unknown): void {
    report(new TidemarkError('client/listener-threw', 'a subscriber threw', { cause }))
  }

  async function close(): Promise<void> {
    isClosed = true
    cancelLoad()
    verifier.stop()
    watch.stop()
    session.leave()
    leaveConnection()
    const error = closedError(id)
    for (const waiters of [saving, syncing, loading]) waiters.fail(error)
    currentStatus()
    listeners.notify()
    await writer.flush()
    writer.stop()
    await leaveAside().catch((cause: unknown) => report(storeError(cause)))
    try {
      replica.destroy(() => report(error))
    } catch (cause) {
      // The app's listener. Whoever opens the document next waits for this to end well.
      listenerThrew(cause)
    }
  }

  return {
    handle: {
      id,
      get doc() {
        return replica.doc
      },
      loaded,
      synced,
      saved,
      get status() {
        return currentStatus()
      },
      subscribe: listeners.subscribe,
      presence,
      reset: () => rebuild(new TidemarkError('replica/set-aside', 'the app asked'), true),
    },
    heard: watch.heard,
    hurry: (isHurried) => writer.hurry(isHurried),
    connectionChanged: touch,
    close,
  }
}

function asStored({ update }: { readonly update: Uint8Array }): StoredUpdate {
  return { update, version: 1 }
}

function closedError(id: DocumentId): TidemarkError {
  return new TidemarkError('client/closed', `${id} was closed`)
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
