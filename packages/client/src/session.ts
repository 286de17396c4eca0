import {
  type Access,
  type Clock,
  type Cursor,
  type DocumentId,
  emptyCheck,
  type Lineage,
  type Seq,
  TidemarkError,
  type Unsubscribe,
} from '@tidemark/base'
import type {
  Ack,
  ClientMessage,
  Closed,
  ConnectionLimits,
  Entries,
  Opened,
  PresenceEntry,
  Refused,
  RelayMessage,
  Resume,
  Resync,
  SnapshotPart,
  Verified,
} from '@tidemark/protocol'
import { emptyUpdate, isEmptyUpdate } from '@tidemark/updates/merge'
import { heldMessagesMax, inflatedBytesMax } from './limits.ts'
import type { Outbox } from './outbox.ts'
import type { Inflate } from './ports.ts'
import type { Position, Replica } from './replica.ts'
import { createSnapshotCollector, type Snapshot, type SnapshotCollector } from './snapshot.ts'
import type { StoredUpdate } from './store/replica-store.ts'

/** What a session sees of the connection while it is open. */
export interface Link {
  readonly limits: ConnectionLimits
  /** A number not used on this connection before; messages for it are given to `session.received` until `release`. */
  nextSession(): number
  release(session: number): void
  send(message: ClientMessage): void
  /** Something arrived that cannot be: makes the connection anew. */
  fail(error: TidemarkError): void
}

export interface SessionDeps {
  readonly document: DocumentId
  readonly access: Access
  readonly clock: Clock
  readonly inflate: Inflate
  readonly replica: Replica
  readonly outbox: Outbox
  /** Data of the log were applied to the document, which moved from `after` to the replica's cursor. */
  moved(updates: readonly Uint8Array[], after: Cursor | null): void
  /** The document has taken in data that the store cannot follow by a cursor: store the whole. */
  jumped(): void
  /** Own edits are durable on the relay; `after` as in `moved` when the cursor moved with them. */
  acked(batch: number, after: Cursor | null | undefined): void
  /** The draft has all that the relay holds: make it the document. */
  draftReady(): void
  /** The replica cannot go on from what it holds, or belongs to another history: rebuild it. */
  rebuild(error: TidemarkError): void
  /** The relay knows this session from now on. */
  opened(how: Resume['kind']): void
  /** The relay has forgotten this session, or will. */
  ended(): void
  /** The relay has compared digests. */
  verified(outcome: Verified['outcome']): void
  presenceChanged(entries: readonly PresenceEntry[]): void
  /** Phase, access or what is known of the relay's head changed. */
  changed(): void
  report(error: TidemarkError): void
}

/** What the status needs to know. */
export type SessionState =
  | { readonly kind: 'detached' | 'opening' }
  | { readonly kind: 'catching-up' | 'live'; readonly access: Access }
  | { readonly kind: 'refused'; readonly error: TidemarkError }

type Phase =
  /** There is no connection, or the replica is not ready for one. */
  | { readonly kind: 'detached' }
  | { readonly kind: 'opening'; readonly link: Link; readonly session: number }
  | Attached
  /** The relay ended the session. `retry` is cancelled when something else starts it again. */
  | {
      readonly kind: 'refused'
      readonly link: Link
      readonly error: TidemarkError
      readonly retry: Unsubscribe | null
    }

interface Attached {
  readonly kind: 'attached'
  readonly link: Link
  readonly session: number
  readonly lineage: Lineage
  access: Access
  /** Reached: the session is live. Null while a snapshot is asked for: entries before it are part of it. */
  target: Seq | null
  isLive: boolean
  readonly snapshot: SnapshotCollector
  /** While a snapshot is being expanded: what came after it. */
  held: RelayMessage[] | null
  /** A push that stands for all that the relay may lack. */
  recovery: Recovery | null
  /** The relay refused what we would give back: only own edits are sent from then on. */
  recoveryRefused: TidemarkError | null
  /** Structs were pending, and the relay was asked for what is missing. */
  mending: boolean
  /** Pushing again makes no sense before this is over. */
  holding: Unsubscribe | null
  /** Why the last push was refused for now; until one is acknowledged. */
  refusal: TidemarkError | null
  /** Up to this batch everything was dropped: its refusals are old news. */
  dropped: number
  /** The relay asked for all that it lacks while pushing made no sense: it takes nothing before it has been given that. */
  owesResync: boolean
}

interface Recovery {
  readonly batch: number
  /** The relay waits for our state vector once it has what it lacks. */
  readonly thenState: boolean
}

export interface Session {
  readonly state: SessionState
  /** Entries known to exist and not yet read. */
  readonly behind: number
  /** Why edits are not taken at this moment, though they will be sent again. */
  readonly refusal: TidemarkError | null
  /** Sequence and content agree with the log as far as this side can know: a digest can be compared. */
  readonly isIdle: boolean
  /** The connection is open and the replica ready. */
  attach(link: Link): void
  /** The connection is gone. */
  detach(): void
  /** Opens again on the same connection. */
  reopen(): void
  /** Ends the session, as the relay might have; opened again after the error's delay. */
  refuse(error: TidemarkError): void
  /** Tells the relay that this was it. */
  leave(): void
  received(message: RelayMessage): void
  /** Sends what is unsent, as far as the window allows. */
  pump(): void
  send(message: (session: number) => ClientMessage): boolean
}

/**
 * One replica's attachment to its document on the relay.
 *
 *     detached ──attach──▶ opening ──opened──▶ attached: catching up ──head reached──▶ attached: live
 *        ▲                    │                   │  ▲                                      │
 *        └── detach ◀─────────┴─ closed ▶ refused ┘  └── state: structs are pending ────────┘
 *
 * Catching up: `tail` reads entries from the cursor. `snapshot` reads a whole, then entries. `resync` first gives the
 * relay what its log lacks and waits for the answer: until then the cursor stays the one that proves the loss. Then it
 * sends its state vector, and reads a difference and entries.
 *
 * Synchronous: decides from one message at a time. Only expanding a snapshot takes time; messages wait meanwhile.
 */
export function createSession(deps: SessionDeps): Session {
  const { clock, outbox, replica } = deps
  let phase: Phase = { kind: 'detached' }

  function enter(next: Phase): void {
    phase = next
    deps.changed()
  }

  // Opening and closing.

  function open(link: Link): void {
    const session = link.nextSession()
    outbox.reset()
    enter({ kind: 'opening', link, session })
    const { document, access } = deps
    link.send({ type: 'open', session, document, access, cursor: claim(replica.position) })
  }

  /** Ends what there is of an attachment. Gives the link it was on. */
  function drop(): Link | null {
    const before = phase
    phase = { kind: 'detached' }
    switch (before.kind) {
      case 'detached':
        return null
      case 'refused':
        before.retry?.()
        return before.link
      case 'attached':
        before.holding?.()
        before.link.release(before.session)
        deps.ended()
        return before.link
      case 'opening':
        before.link.release(before.session)
        return before.link
    }
  }

  function leave(): Link | null {
    const { kind } = phase
    const session = phase.kind === 'opening' || phase.kind === 'attached' ? phase.session : 0
    const link = drop()
    if (kind === 'opening' || kind === 'attached') link?.send({ type: 'close', session })
    return link
  }

  function reopen(): void {
    const link = leave()
    if (link) open(link)
  }

  function onOpened(link: Link, { session, access, lineage, head, resume }: Opened): void {
    if ((replica.position.lineage ?? lineage) !== lineage) {
      leave()
      return onOtherLineage(link)
    }
    const attached: Attached = {
      kind: 'attached',
      link,
      session,
      lineage,
      access,
      target: head,
      isLive: false,
      snapshot: createSnapshotCollector(),
      held: null,
      recovery: null,
      recoveryRefused: null,
      mending: false,
      holding: null,
      refusal: null,
      dropped: 0,
      owesResync: false,
    }
    enter(attached)
    deps.opened(resume.kind)
    switch (resume.kind) {
      case 'tail':
        replica.place({ lineage, cursor: claim({ ...replica.position, lineage }) })
        break
      case 'snapshot':
        replica.place({ lineage, cursor: claim({ lineage, cursor: null }) })
        break
      case 'resync':
        attached.target = null
        giveBack(attached, resume.stateVector, true)
        break
    }
    proceed(attached)
  }

  function onOtherLineage(link: Link): void {
    const message = 'the relay holds another history of this document'
    const error = new TidemarkError('document/other-lineage', message)
    enter({ kind: 'refused', link, error, retry: null })
    deps.rebuild(error)
  }

  function onClosed(link: Link, session: number, { code, message, retryAfterMs }: Closed): void {
    link.release(session)
    drop()
    if (code === 'document/other-lineage') return onOtherLineage(link)
    refuse(link, new TidemarkError(code, message, { retryAfterMs }))
  }

  function refuse(link: Link, error: TidemarkError): void {
    const { retryAfterMs } = error
    const retry = retryAfterMs === null ? null : clock.after(retryAfterMs, () => open(link))
    enter({ kind: 'refused', link, error, retry })
    deps.report(error)
  }

  // Reading.

  function onEntries(attached: Attached, { first, check, updates }: Entries): void {
    if (attached.target === null) return // They are part of the snapshot that was asked for.
    const { cursor } = replica.position
    if (!cursor || first > cursor.seq + 1) return fail(attached, `entries from ${first} after ${cursor?.seq}`)
    const fresh = updates.slice(cursor.seq + 1 - first)
    if (fresh.length === 0) return
    const seq = first + updates.length - 1
    const { lineage } = attached
    switch (replica.apply(fresh.map(asStored))) {
      case 'applied':
        replica.place({ lineage, cursor: { lineage, seq, check } })
        if (!replica.isDraft) deps.moved(fresh, cursor)
        return proceed(attached)
      case 'pending':
        return mend(attached)
      case 'broken':
        return broken('Yjs failed on an update')
    }
  }

  /** Yjs holds something back: what is missing may have got lost in Yjs itself. Asks for all that the relay has more. */
  function mend(attached: Attached): void {
    if (attached.mending) return broken('Yjs keeps structs pending')
    attached.mending = true
    askForState(attached)
  }

  function askForState(attached: Attached): void {
    attached.target = null
    attached.isLive = false
    const { link, session } = attached
    link.send({ type: 'state', session, stateVector: replica.stateVector() })
    deps.changed()
  }

  function onSnapshotPart(attached: Attached, part: SnapshotPart): void {
    const snapshot = attached.snapshot.add(part)
    if (snapshot === 'more') return
    if (snapshot === 'bad') return fail(attached, 'parts of a snapshot that do not fit')
    if (snapshot.encoding === 'v1')
      return onSnapshot(attached, snapshot, { update: snapshot.bytes, version: 1 })
    attached.held = []
    // Wrapped: the port may answer at once, and may throw.
    new Promise<Uint8Array>((resolve) => resolve(deps.inflate(snapshot.bytes, inflatedBytesMax))).then(
      (update) => expanded(attached, snapshot, update),
      () => phase === attached && fail(attached, 'a snapshot that cannot be expanded'),
    )
  }

  function expanded(attached: Attached, snapshot: Snapshot, update: Uint8Array): void {
    if (phase !== attached) return
    const held = attached.held ?? []
    attached.held = null
    onSnapshot(attached, snapshot, { update, version: 2 })
    for (const message of held) receivedAttached(attached, message)
  }

  function onSnapshot(attached: Attached, { seq, check }: Snapshot, update: StoredUpdate): void {
    attached.target ??= seq
    const { lineage } = attached
    switch (replica.apply([update])) {
      case 'applied':
        attached.mending = false
        replica.place({ lineage, cursor: { lineage, seq, check } })
        if (!replica.isDraft) deps.jumped()
        return proceed(attached)
      case 'pending':
        return mend(attached)
      case 'broken':
        return broken('Yjs failed on a snapshot')
    }
  }

  /** The replica moved or may send more. */
  function proceed(attached: Attached): void {
    const seq = replica.position.cursor?.seq ?? 0
    const reached = attached.target !== null && seq >= attached.target
    if (reached) attached.isLive = true
    if (reached && replica.isDraft) deps.draftReady()
    deps.changed()
    pump()
  }

  function broken(message: string): void {
    deps.rebuild(new TidemarkError('replica/rebuilt', message))
  }

  function fail(attached: Attached, message: string): void {
    attached.link.fail(new TidemarkError('session/protocol', message))
  }

  // Writing.

  function pump(): void {
    if (phase.kind !== 'attached') return
    const attached = phase
    if (attached.access !== 'write' || attached.holding || attached.recovery || replica.isDraft) return
    // The last page was refused for want of access, which is there now.
    if (outbox.parked?.code === 'update/read-only') outbox.unpark()
    const { link, session } = attached
    for (let next = outbox.next(link.limits); next; next = outbox.next(link.limits)) {
      if (next === 'too-large') return park(tooLarge())
      link.send({ type: 'push', session, batch: next.batch, recovery: false, update: next.update })
    }
  }

  /** Refused for good: the edits stay where they are, and the app is told. */
  function park(error: TidemarkError): void {
    outbox.park(error)
    deps.report(error)
    deps.changed()
  }

  /** Gives the relay all that its state vector lacks: whatever the outbox says is part of it. */
  function giveBack(attached: Attached, stateVector: Uint8Array, thenState: boolean): void {
    const { link, session } = attached
    const mayPush = attached.access === 'write' && !replica.isDraft
    const update = mayPush ? replica.difference(stateVector) : emptyUpdate
    if (update.length > link.limits.updateBytesMax) attached.recoveryRefused ??= tooLarge()
    if (attached.recoveryRefused || isEmptyUpdate(update))
      return thenState ? askForState(attached) : undefined
    const batch = outbox.coverAll(update.length)
    attached.recovery = { batch, thenState }
    link.send({ type: 'push', session, batch, recovery: true, update })
  }

  function onAck(attached: Attached, { batch, first, last, check }: Ack): void {
    const { cursor } = replica.position
    const moves = first <= last && attached.target !== null
    if (moves && cursor?.seq !== first - 1) return fail(attached, `an ack from ${first} after ${cursor?.seq}`)
    const { lineage } = attached
    if (moves) replica.place({ lineage, cursor: { lineage, seq: last, check } })
    attached.refusal = null
    deps.acked(batch, moves ? cursor : undefined)
    settleRecovery(attached, batch)
    proceed(attached)
  }

  function settleRecovery(attached: Attached, batch: number): void {
    const { recovery } = attached
    if (!recovery || batch < recovery.batch) return
    attached.recovery = null
    if (recovery.thenState) askForState(attached)
  }

  function onRefused(attached: Attached, { batch, code, message, retryAfterMs }: Refused): void {
    if (batch <= attached.dropped) return
    outbox.unsend(batch)
    attached.dropped = outbox.lastBatch
    const error = new TidemarkError(code, message, { retryAfterMs })
    if (retryAfterMs !== null) {
      attached.refusal = error
      deps.report(error)
      hold(attached, retryAfterMs)
    } else if (batch === attached.recovery?.batch) {
      attached.recoveryRefused = error
      settleRecovery(attached, batch)
      pump()
    } else park(error)
    deps.changed()
  }

  function hold(attached: Attached, delayMs: number): void {
    attached.holding?.()
    attached.holding = clock.after(delayMs, () => {
      attached.holding = null
      // What a state vector asked for has changed meanwhile.
      if (attached.recovery || attached.owesResync) reopen()
      else pump()
    })
  }

  function onResync(attached: Attached, { batch, stateVector }: Resync): void {
    if (batch <= attached.dropped) return onLateResync(attached)
    outbox.unsend(batch)
    attached.dropped = outbox.lastBatch
    if (outbox.parked) return
    const isSecond = attached.recovery !== null
    attached.recovery = null
    if (!isSecond) giveBack(attached, stateVector, false)
    // Own edits build on something that the log lacks and will not take.
    if (!attached.recovery)
      park(attached.recoveryRefused ?? new TidemarkError('update/malformed', 'edits with a gap'))
  }

  /** A batch that was under way when one before it was refused for now had a gap: the relay waits for an answer. */
  function onLateResync(attached: Attached): void {
    if (outbox.parked) return
    if (attached.holding) attached.owesResync = true
    else reopen()
  }

  // Messages.

  function receivedAttached(attached: Attached, message: RelayMessage): void {
    if (phase !== attached) return
    if (attached.held && message.type !== 'closed') {
      attached.held.push(message)
      if (attached.held.length > heldMessagesMax) fail(attached, 'too many messages behind a snapshot')
      return
    }
    switch (message.type) {
      case 'entries':
        return onEntries(attached, message)
      case 'ack':
        return onAck(attached, message)
      case 'snapshot-part':
        return onSnapshotPart(attached, message)
      case 'refused':
        return onRefused(attached, message)
      case 'resync':
        return onResync(attached, message)
      case 'access-changed':
        attached.access = message.access
        return proceed(attached)
      case 'verified':
        return deps.verified(message.outcome)
      case 'presence-changed':
        return deps.presenceChanged(message.entries)
      default:
        return
    }
  }

  return {
    get state() {
      switch (phase.kind) {
        case 'attached':
          return { kind: phase.isLive ? 'live' : 'catching-up', access: phase.access } as const
        default:
          return phase
      }
    },
    get behind() {
      if (phase.kind !== 'attached' || phase.target === null) return 0
      return Math.max(0, phase.target - (replica.position.cursor?.seq ?? 0))
    },
    get refusal() {
      return phase.kind === 'attached' ? phase.refusal : null
    },
    get isIdle() {
      if (phase.kind !== 'attached' || !phase.isLive || phase.recovery) return false
      return phase.access === 'write' && outbox.isEmpty && !replica.isDraft
    },
    attach(link) {
      if (phase.kind === 'detached') open(link)
    },
    detach() {
      drop()
      outbox.reset()
      deps.changed()
    },
    reopen,
    refuse(error) {
      const link = leave()
      if (link) refuse(link, error)
    },
    leave: () => void leave(),
    received(message) {
      if (message.type === 'closed' && (phase.kind === 'opening' || phase.kind === 'attached'))
        return onClosed(phase.link, phase.session, message)
      if (phase.kind === 'opening' && message.type === 'opened') return onOpened(phase.link, message)
      if (phase.kind === 'attached') receivedAttached(phase, message)
    },
    pump,
    send(make) {
      if (phase.kind !== 'attached') return false
      phase.link.send(make(phase.session))
      return true
    },
  }
}

function asStored(update: Uint8Array): StoredUpdate {
  return { update, version: 1 }
}

/** What to tell the relay of a position: a cursor that is not known claims nothing but the lineage. */
function claim({ lineage, cursor }: Position): Cursor | null {
  return cursor ?? (lineage === null ? null : { lineage, seq: 0, check: emptyCheck })
}

function tooLarge(): TidemarkError {
  return new TidemarkError('update/too-large', 'an update larger than the relay takes')
}
