import { type Cursor, emptyCheck, type Lineage, type Seq, TidemarkError } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { Ack, Entries, RelayMessage, Resume, SnapshotPart } from '@tidemark/protocol'
import { heldMessagesMax, inflatedBytesMax } from './limits.ts'
import type { Inflate } from './ports.ts'
import type { Position, Replica } from './replica.ts'
import { createSnapshotCollector, type Snapshot } from './snapshot.ts'
import type { StoredUpdate } from './store/replica-store.ts'

export interface ReadingDeps {
  readonly lineage: Lineage
  /** The log's head when the session was opened. */
  readonly head: Seq
  readonly replica: Replica
  readonly inflate: Inflate
  sendState(stateVector: Uint8Array): void
  /** Data of the log were applied to the document, which moved from `after` to the replica's cursor. */
  moved(updates: readonly Uint8Array[], after: Cursor | null): void
  /** The document has taken in data that the store cannot follow by a cursor: store the whole. */
  jumped(): void
  /** The draft has all that the relay holds: make it the document. */
  draftReady(): void
  /** The replica cannot go on from what it holds. */
  rebuild(error: TidemarkError): void
  /** The replica moved, or may send more. */
  proceeded(): void
  /** Something arrived that cannot be. */
  fail(message: string): void
  isOver(): boolean
  /** What was held back while a snapshot was being expanded. */
  replay(message: RelayMessage): void
}

export interface Reading {
  /** The head has been reached. */
  readonly isLive: boolean
  /** Entries known to exist and not yet read. */
  readonly behind: number
  /** Goes on from where the relay said, with a `tail` from what it had been told. `resync`: waits until `askForState`. */
  begin(how: Resume['kind'], claimed: Cursor | null): void
  /** Tells the relay what this replica holds, and reads the difference. */
  askForState(): void
  entries(message: Entries): void
  snapshotPart(message: SnapshotPart): void
  /** Own entries, in their place. Gives the cursor they moved, undefined when they do not. */
  acked(message: Ack): Cursor | null | undefined
  /** Keeps a message back when it has to wait for a snapshot. */
  held(message: RelayMessage): boolean
  proceed(): void
}

/**
 * The half of a session that reads.
 *
 *     tail      entries from the cursor ─────────────────────────────────▶ head reached: live
 *     snapshot  a whole, then entries ───────────────────────────────────▶     │
 *     resync    (give back first) state vector ▶ difference ▶ entries ───▶     │
 *                                     ▲                                        │
 *                                     └────── Yjs keeps structs pending ───────┘
 *
 * The cursor moves only over data that were applied, with nothing pending. [C4] Only expanding a snapshot takes time;
 * messages wait meanwhile.
 */
export function createReading(deps: ReadingDeps): Reading {
  const { lineage, replica } = deps
  const snapshots = createSnapshotCollector()
  /** Reached: live. Null while a snapshot is asked for, or about to be: entries before it are part of it. */
  let target: Seq | null = deps.head
  let isLive = false
  /** Structs were pending, and the relay was asked for what is missing. */
  let isMending = false
  let waiting: RelayMessage[] | null = null

  function askForState(): void {
    target = null
    isLive = false
    deps.sendState(replica.stateVector())
  }

  /** What is missing may have got lost in Yjs itself: asks for all that the relay has more. */
  function mend(): void {
    if (isMending) return broken('Yjs keeps structs pending')
    isMending = true
    askForState()
  }

  function broken(message: string): void {
    deps.rebuild(new TidemarkError('replica/rebuilt', message))
  }

  function place(seq: Seq, check: string): void {
    replica.place({ lineage, cursor: { lineage, seq, check } })
  }

  function entries({ first, check, updates }: Entries): void {
    if (target === null) return
    const { cursor } = replica.position
    if (!cursor || first > cursor.seq + 1) return deps.fail(`entries from ${first} after ${cursor?.seq}`)
    const fresh = updates.slice(cursor.seq + 1 - first)
    if (fresh.length === 0) return
    switch (replica.apply(fresh.map(asStored))) {
      case 'applied':
        place(first + updates.length - 1, check)
        if (!replica.isDraft) deps.moved(fresh, cursor)
        return proceed()
      case 'pending':
        return mend()
      case 'broken':
        return broken('Yjs failed on an update')
    }
  }

  function snapshotPart(part: SnapshotPart): void {
    const snapshot = snapshots.add(part)
    if (snapshot === 'more') return
    if (snapshot === 'bad') return deps.fail('parts of a snapshot that do not fit')
    if (snapshot.encoding === 'v1') return take(snapshot, { update: snapshot.bytes, version: 1 })
    waiting = []
    // Wrapped: the port may answer at once, and may throw.
    new Promise<Uint8Array>((resolve) => resolve(deps.inflate(snapshot.bytes, inflatedBytesMax))).then(
      (update) => expanded(snapshot, update),
      () => deps.isOver() || deps.fail('a snapshot that cannot be expanded'),
    )
  }

  function expanded(snapshot: Snapshot, update: Uint8Array): void {
    if (deps.isOver()) {
      sometimes('a session ends while its snapshot is expanded')
      return
    }
    const messages = waiting ?? []
    waiting = null
    take(snapshot, { update, version: 2 })
    for (const message of messages) deps.replay(message)
  }

  function take({ seq, check }: Snapshot, update: StoredUpdate): void {
    target ??= seq
    switch (replica.apply([update])) {
      case 'applied':
        isMending = false
        place(seq, check)
        if (!replica.isDraft) deps.jumped()
        return proceed()
      case 'pending':
        return mend()
      case 'broken':
        return broken('Yjs failed on a snapshot')
    }
  }

  function proceed(): void {
    const isReached = target !== null && (replica.position.cursor?.seq ?? 0) >= target
    if (isReached) isLive = true
    if (isReached && replica.isDraft) deps.draftReady()
    deps.proceeded()
  }

  return {
    get isLive() {
      return isLive
    },
    get behind() {
      return target === null ? 0 : Math.max(0, target - (replica.position.cursor?.seq ?? 0))
    },
    begin(how, claimed) {
      if (how === 'resync') target = null
      else replica.place({ lineage, cursor: claim({ lineage, cursor: how === 'tail' ? claimed : null }) })
    },
    askForState,
    entries,
    snapshotPart,
    acked({ first, last, check }) {
      if (first > last || target === null) return undefined
      const { cursor } = replica.position
      if (cursor?.seq === first - 1) place(last, check)
      else deps.fail(`an ack from ${first} after ${cursor?.seq}`)
      return cursor
    },
    held(message) {
      if (!waiting) return false
      sometimes('a message waits for a snapshot to be expanded')
      waiting.push(message)
      if (waiting.length > heldMessagesMax) deps.fail('too many messages behind a snapshot')
      return true
    },
    proceed,
  }
}

/** What to tell the relay of a position: a cursor that is not known claims nothing but the lineage. */
export function claim({ lineage, cursor }: Position): Cursor | null {
  return cursor ?? (lineage === null ? null : { lineage, seq: 0, check: emptyCheck })
}

function asStored(update: Uint8Array): StoredUpdate {
  return { update, version: 1 }
}
