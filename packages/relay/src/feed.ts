import type { Check, Seq } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import { encodeEntries, encodeRelayMessage, type RelayMessage } from '@tidemark/protocol'
import type { Attached, Ended } from './attached.ts'
import type { Commit, Run } from './commit.ts'
import type { Document } from './document.ts'
import type { Outgoing } from './outgoing.ts'
import type { PresenceChange } from './presence-change.ts'
import { PresenceFeed } from './presence-feed.ts'
import { Reader } from './reader.ts'
import { SnapshotParts } from './snapshot-parts.ts'
import type { TailEntry } from './tail.ts'

export interface FeedDeps {
  /** The client's number of the session. */
  readonly session: number
  /** Whose pushes are answered by acks in the place of entries. */
  readonly author: Attached
  readonly document: Document
  readonly outgoing: Outgoing
  readonly commitBytesMax: number
  readonly presenceStaleMax: number
  /** Pushes of the author are durable. */
  readonly onSettled: (bytes: number) => void
  readonly onFailed: (ended: Ended) => void
}

type Phase =
  /** Waits to be told where to begin. */
  | { readonly kind: 'idle' }
  /** Waits for a snapshot or a difference. */
  | { readonly kind: 'fetching' }
  | { readonly kind: 'parts'; readonly parts: SnapshotParts; next: number }
  /** The reader has the word: it catches up, then takes what commits. */
  | { readonly kind: 'following' }
  | { readonly kind: 'closed' }

/** Acks are cumulative: the last batch stands for those before it. */
interface OwedAck {
  readonly batch: number
  readonly check: Check
  /** What is acknowledged stands at or below it. */
  readonly seq: Seq
}

/**
 * What goes down to one replica of the native protocol, in an order that the replica can rely on.
 *
 *     idle ──▶ fetching ──▶ parts ──▶ following
 *      └──────────────────────────────────▲         a cursor that can be resumed
 *
 * No other message of the session stands between the parts of a snapshot; an author's acks stand for its own entries.
 *
 * No ack is ahead of what its author has been sent: an edit that is called saved lies within the cursor that the author
 * shows when it comes back, so that a log which has lost it meanwhile gets it back. [R3]
 */
export class Feed {
  readonly #deps: FeedDeps
  readonly #reader: Reader
  readonly #presence: PresenceFeed
  #phase: Phase = { kind: 'idle' }
  /** Messages that wait for the last part. */
  #held: Uint8Array[] = []
  /** Acks that wait until the replica has been sent what they are about: the oldest, and all others as one. */
  #owed: OwedAck[] = []

  constructor(deps: FeedDeps) {
    const { document, outgoing, commitBytesMax } = deps
    this.#deps = deps
    this.#reader = new Reader({
      document,
      outgoing,
      commitBytesMax,
      sendEntries: (entries) => this.#sendEntries(entries),
      onGone: () => this.beginWithSnapshot(),
      onReady: () => this.pump(),
    })
    this.#presence = new PresenceFeed({
      reader: deps.author,
      presence: document.presence,
      outgoing,
      send: (change) => this.#sendPresence(change),
      staleMax: deps.presenceStaleMax,
      onStale: (ended) => deps.onFailed(ended),
    })
  }

  get isLive(): boolean {
    return this.#phase.kind === 'following' && this.#reader.isLive
  }

  /** Waits for bytes that the replica has asked for. */
  get isFetching(): boolean {
    return this.#phase.kind === 'fetching'
  }

  /** The replica has everything up to `seq`. */
  beginAfter(seq: Seq): void {
    this.#phase = { kind: 'following' }
    this.#reader.start(seq)
    this.#payOwed()
    this.pump()
  }

  /** The replica has nothing that counts: the stored snapshot, then the entries. */
  beginWithSnapshot(): void {
    const phase = this.#fetch()
    this.#deps.document.inquiries.snapshot((parts) => {
      if (this.#phase !== phase) return
      if (parts === null) this.beginAfter(0)
      else this.#beginParts(parts)
    })
  }

  /** What a replica with this state vector lacks, then the entries. `made` is called before the first part. */
  beginWithDifference(stateVector: Uint8Array, made: () => void): void {
    const phase = this.#fetch()
    this.#deps.document.inquiries.difference(stateVector, 'v2-deflate', (difference) => {
      if (this.#phase !== phase) return
      if ('code' in difference) return this.#deps.onFailed(difference)
      made()
      this.#beginParts(new SnapshotParts(difference, 'once'))
    })
  }

  /** Sends a message of the session, in its turn. */
  send(message: RelayMessage): void {
    const part = encodeRelayMessage(message)
    if (this.#phase.kind === 'parts') {
      sometimes('a message waits for the end of a snapshot')
      this.#hold(part)
    } else if (this.#phase.kind !== 'closed') this.#deps.outgoing.add(part, 1)
  }

  /** The hot path: a reader that wrote none of it costs one call, and no bytes of its own. */
  committed(commit: Commit<Attached>): void {
    const inOrder = this.#reader.takes(commit)
    if (!inOrder || commit.hasAuthor(this.#deps.author)) this.#answerRuns(commit, inOrder)
    else this.#sendFrames(commit.frames())
    if (inOrder) return this.#reader.took(commit)
    if (this.#reader.isLive) sometimes('a reader does not keep up')
    this.#reader.missed()
  }

  presenceChanged(change: PresenceChange): void {
    if (this.#phase.kind !== 'closed') this.#presence.changed(change)
  }

  presenceDue(): void {
    if (this.#phase.kind !== 'closed') this.#presence.due()
  }

  /** Tells the replica who is there, in the turn's last word on presence. */
  introduce(): void {
    this.#presence.introduce()
  }

  /** Sends what there is to send, as long as there is room. */
  pump(): void {
    while (this.#deps.outgoing.hasRoom && this.#step());
    if (this.#deps.outgoing.hasRoom && this.#phase.kind !== 'closed') this.#presence.catchUp()
  }

  close(): void {
    this.#phase = { kind: 'closed' }
    this.#reader.stop()
    this.#held = []
    this.#owed = []
  }

  #step(): boolean {
    const phase = this.#phase
    switch (phase.kind) {
      case 'parts':
        this.#sendPart(phase)
        return true
      case 'following':
        return this.#reader.step()
      case 'idle':
      case 'fetching':
      case 'closed':
        return false
    }
  }

  #fetch(): Phase {
    // A snapshot that was being sent is void: the replica starts over with the first part of the next.
    this.#endParts()
    this.#reader.stop()
    this.#phase = { kind: 'fetching' }
    return this.#phase
  }

  #beginParts(parts: SnapshotParts): void {
    this.#phase = { kind: 'parts', parts, next: 0 }
    this.#presence.isPaused = true
    this.pump()
  }

  #sendPart(phase: Phase & { kind: 'parts' }): void {
    const { parts } = phase
    this.#deps.outgoing.add(parts.message(this.#deps.session, phase.next++), 1)
    if (phase.next < parts.count) return
    this.#phase = { kind: 'following' }
    this.#reader.start(parts.seq)
    this.#endParts()
    this.#payOwed()
  }

  #endParts(): void {
    this.#presence.isPaused = false
    const held = this.#held
    this.#held = []
    for (const part of held) this.#deps.outgoing.add(part, 1)
  }

  #hold(part: Uint8Array): void {
    this.#held.push(part)
    if (this.#held.length > heldMessagesMax) this.#deps.onFailed(tooManyHeld)
  }

  /** In the place of each of its own runs the author gets an ack: a statement that moves its cursor, or only that. */
  #answerRuns(commit: Commit<Attached>, inOrder: boolean): void {
    for (const run of commit.runs) {
      if (run.author === this.#deps.author) this.#ack(run, inOrder)
      else if (inOrder && run.updates.length > 0) this.#sendFrames(commit.framesOf(run))
    }
  }

  #ack({ bytes, batch, first, last, check, updates }: Run<Attached>, inOrder: boolean): void {
    this.#deps.onSettled(bytes)
    const { session, document } = this.#deps
    const moves = inOrder && updates.length > 0
    if (moves) return this.send({ type: 'ack', session, batch, first, last, check })
    const owed = { batch, check, seq: updates.length > 0 ? last : document.head }
    // A replica that gives something back is sent nothing before it has been told that this is durable.
    if (inOrder || this.#phase.kind === 'idle' || this.#hasSent(owed.seq)) return this.#pay(owed)
    sometimes('a push is durable before its author has read so far')
    this.#owed = [...this.#owed.slice(0, 1), owed]
  }

  #hasSent(seq: Seq): boolean {
    return this.#phase.kind === 'following' && this.#reader.sentSeq >= seq
  }

  #payOwed(): void {
    for (let owed = this.#owed[0]; owed && this.#hasSent(owed.seq); owed = this.#owed[0]) {
      this.#owed = this.#owed.slice(1)
      this.#pay(owed)
    }
  }

  #pay({ batch, check }: OwedAck): void {
    this.send({ type: 'ack', session: this.#deps.session, batch, first: 1, last: 0, check })
  }

  #sendFrames(frames: Iterable<{ readonly bytes: Uint8Array; readonly count: number }>): void {
    for (const { bytes, count } of frames) this.#deps.outgoing.add(bytes, count + 1)
  }

  #sendEntries(entries: readonly TailEntry[]): void {
    const { document, outgoing } = this.#deps
    const first = entries[0] as TailEntry
    const last = entries.at(-1) as TailEntry
    const updates = entries.map((entry) => entry.update)
    outgoing.add(encodeEntries(document.channel, first.seq, last.check, updates), updates.length + 1)
    this.#payOwed()
  }

  #sendPresence(change: PresenceChange): void {
    for (const frame of change.frames()) this.#deps.outgoing.add(frame, 1 + change.states.length)
  }
}

/** Acks, refusals and the like that wait for the end of a snapshot. Above: the session ends. */
const heldMessagesMax = 10_000

const tooManyHeld: Ended = {
  code: 'session/window-exceeded',
  message: 'too many messages while a snapshot was being sent',
  retryAfterMs: 0,
}
