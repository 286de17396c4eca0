import {
  type Access,
  type Clock,
  type Cursor,
  type DocumentId,
  TidemarkError,
  type Unsubscribe,
} from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type {
  Ack,
  ClientMessage,
  Closed,
  ConnectionLimits,
  Opened,
  PresenceEntry,
  RelayMessage,
  Resume,
  Verified,
} from '@tidemark/protocol'
import type { Outbox } from './outbox.ts'
import type { Inflate } from './ports.ts'
import { createPushing, type Pushing } from './pushing.ts'
import { claim, createReading, type Reading, type ReadingDeps } from './reading.ts'
import type { Replica } from './replica.ts'

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

export interface SessionDeps extends Pick<ReadingDeps, 'moved' | 'jumped' | 'draftReady' | 'rebuild'> {
  readonly document: DocumentId
  readonly access: Access
  readonly clock: Clock
  readonly inflate: Inflate
  readonly replica: Replica
  readonly outbox: Outbox
  /** Own edits are durable on the relay; `after` is the cursor they moved, undefined when they did not. */
  acked(batch: number, after: Cursor | null | undefined): void
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
  readonly reading: Reading
  readonly pushing: Pushing
}

export interface Session {
  readonly state: SessionState
  /** Entries known to exist and not yet read. */
  readonly behind: number
  /**
   * The log has lost something that it could not be given back, because only reading was allowed: the cursor that proves
   * it, to be kept in the replica's stead. [R3]
   */
  readonly proof: Cursor | null
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
  /** Sends a message of this session; false when there is none. */
  send(message: (session: number) => ClientMessage): boolean
}

/**
 * One replica's attachment to its document on the relay.
 *
 *     detached ──attach──▶ opening ──opened──▶ attached: reading (catching up, then live) and pushing
 *        ▲                    │                   │
 *        └── detach ◀─────────┴────── closed ─────┴──▶ refused ──delay──▶ opening
 *
 * Synchronous: decides from one message at a time.
 */
export function createSession(deps: SessionDeps): Session {
  const { clock, outbox, replica } = deps
  let phase: Phase = { kind: 'detached' }
  let proof: Cursor | null = null
  /** What the relay was told when the session was opened. */
  let claimed: Cursor | null = null

  function enter(next: Phase): void {
    phase = next
    deps.changed()
  }

  // Opening and closing.

  function open(link: Link): void {
    const session = link.nextSession()
    outbox.reset()
    if (replica.isDraft) proof = null
    claimed = proof ?? claim(replica.position)
    enter({ kind: 'opening', link, session })
    const { document, access } = deps
    link.send({ type: 'open', session, document, access, cursor: claimed })
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
        before.pushing.end()
        before.link.release(before.session)
        deps.ended()
        return before.link
      case 'opening':
        before.link.release(before.session)
        return before.link
    }
  }

  function leave(): Link | null {
    const before = phase
    const link = drop()
    if (before.kind === 'opening' || before.kind === 'attached')
      link?.send({ type: 'close', session: before.session })
    return link
  }

  function reopen(): void {
    const link = leave()
    if (link) open(link)
  }

  function onOpened(link: Link, opened: Opened): void {
    const { lineage, resume } = opened
    if ((replica.position.lineage ?? lineage) !== lineage) {
      leave()
      return onOtherLineage(link)
    }
    const attached = createAttached(link, opened)
    enter(attached)
    deps.opened(resume.kind)
    attached.reading.begin(resume.kind, claimed)
    proof = mustProve(opened) ? claimed : null
    if (resume.kind === 'resync') {
      sometimes('a session begins with a resync')
      attached.pushing.giveBack(resume.stateVector)
    }
    attached.reading.proceed()
  }

  /** A log that cannot tell asks for a resync, too: when it has all that is here, nothing is lost. */
  function mustProve({ resume, access, head }: Opened): boolean {
    if (resume.kind !== 'resync' || access === 'write' || !claimed) return false
    // An update begins with the number of clients that it has something of.
    return head < claimed.seq || replica.difference(resume.stateVector)[0] !== 0
  }

  function createAttached(link: Link, { session, lineage, head, access }: Opened): Attached {
    const { changed, report } = deps
    const pushing = createPushing(
      {
        clock,
        replica,
        outbox,
        limits: () => link.limits,
        send: (batch, update, recovery) => link.send({ type: 'push', session, batch, recovery, update }),
        gaveBack: () => reading.askForState(),
        reopen,
        changed,
        report,
      },
      access,
    )
    const reading = createReading({
      ...deps,
      lineage,
      head,
      sendState(stateVector) {
        link.send({ type: 'state', session, stateVector })
        changed()
      },
      proceeded() {
        changed()
        // Making a draft the document may have ended this.
        if (phase === attached) pushing.pump()
      },
      fail: (message) => link.fail(new TidemarkError('session/protocol', message)),
      isOver: () => phase !== attached,
      replay: (message) => receivedAttached(attached, message),
    })
    const attached: Attached = { kind: 'attached', link, session, reading, pushing }
    return attached
  }

  function onOtherLineage(link: Link): void {
    sometimes('a replica meets a relay with another history')
    const message = 'the relay holds another history of this document'
    const error = new TidemarkError('document/other-lineage', message)
    enter({ kind: 'refused', link, error, retry: null })
    deps.rebuild(error)
  }

  function onClosed({ code, message, retryAfterMs }: Closed): void {
    const link = drop()
    if (!link) return
    if (code === 'document/other-lineage') return onOtherLineage(link)
    refuse(link, new TidemarkError(code, message, { retryAfterMs }))
  }

  function refuse(link: Link, error: TidemarkError): void {
    const { retryAfterMs } = error
    const retry =
      retryAfterMs === null
        ? null
        : clock.after(retryAfterMs, () => {
            sometimes('a session that was ended is opened again on the same connection')
            open(link)
          })
    enter({ kind: 'refused', link, error, retry })
    deps.report(error)
  }

  // Messages.

  function receivedAttached(attached: Attached, message: RelayMessage): void {
    const { reading, pushing } = attached
    if (phase !== attached || reading.held(message)) return
    switch (message.type) {
      case 'entries':
        return reading.entries(message)
      case 'snapshot-part':
        return reading.snapshotPart(message)
      case 'ack':
        return onAck(attached, message)
      case 'refused':
        return pushing.refused(message)
      case 'resync':
        return pushing.resync(message)
      case 'access-changed':
        if (proof) return reopen()
        pushing.access = message.access
        return reading.proceed()
      case 'verified':
        return deps.verified(message.outcome)
      case 'presence-changed':
        return deps.presenceChanged(message.entries)
      default:
        return
    }
  }

  function onAck(attached: Attached, ack: Ack): void {
    const after = attached.reading.acked(ack)
    if (phase !== attached) return
    deps.acked(ack.batch, after)
    attached.pushing.acked(ack.batch)
    attached.reading.proceed()
  }

  return {
    get state(): SessionState {
      if (phase.kind !== 'attached') return phase
      const { reading, pushing } = phase
      return { kind: reading.isLive ? 'live' : 'catching-up', access: pushing.access }
    },
    get behind() {
      return phase.kind === 'attached' ? phase.reading.behind : 0
    },
    get proof() {
      return proof
    },
    get refusal() {
      return phase.kind === 'attached' ? phase.pushing.refusal : null
    },
    get isIdle() {
      if (phase.kind !== 'attached' || !outbox.isEmpty || replica.isDraft) return false
      const { reading, pushing } = phase
      return reading.isLive && !pushing.isRecovering && pushing.access === 'write'
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
      if (phase.kind === 'detached' || phase.kind === 'refused') return
      if (message.type === 'closed') return onClosed(message)
      if (phase.kind === 'attached') receivedAttached(phase, message)
      else if (message.type === 'opened') onOpened(phase.link, message)
    },
    pump() {
      if (phase.kind === 'attached') phase.pushing.pump()
    },
    send(make) {
      if (phase.kind !== 'attached') return false
      phase.link.send(make(phase.session))
      return true
    },
  }
}
