import type { Clock, DocumentId, Random, RandomBytes, Unsubscribe } from '@tidemark/base'
import type { Doc } from 'yjs'
import type { ReplicaStore } from './store/replica-store.ts'

/** All that the engine needs of the world. */
export interface ClientPorts {
  readonly clock: Clock
  readonly random: Random
  readonly randomBytes: RandomBytes
  readonly connect: Connect
  readonly store: ReplicaStore
  readonly environment: Environment
  /** Without it the pages of a browser learn of each other from the store alone. */
  readonly siblings?: JoinSiblings
  readonly inflate: Inflate
  /** Loads what compares contents; asked for when it is first needed, minutes after the page was opened. */
  readonly loadDigest: () => Promise<Digest>
  /** Makes an empty `Y.Doc`, with a fresh random clientID. */
  readonly createDoc: (id: DocumentId) => Doc
}

/** Dials. Calls `opened` or `closed` later, never before it returned. Never throws. */
export type Connect = (url: string, listener: TransportListener) => Transport

/** One WebSocket; a frame is one binary message. */
export interface Transport {
  /** Queues a frame; dropped when the socket is not open. */
  send(frame: Uint8Array): void
  close(code: number, reason: string): void
}

export interface TransportListener {
  opened(): void
  received(frame: Uint8Array): void
  /** The last call, also when the socket never opened. */
  closed(code: number, reason: string): void
}

/** What page and machine tell. `online` may be wrong in both directions: a hint when to try, nothing else. */
export interface Environment {
  readonly online: boolean
  subscribe(listener: (event: EnvironmentEvent) => void): Unsubscribe
}

/** `hidden`: the page may be frozen or killed at any moment. `shown`: it is back, timers may have stood still. */
export type EnvironmentEvent = 'online' | 'offline' | 'shown' | 'hidden'

/** Joins the other pages that share the store. `heard` is called with what they tell; never with what this page tells. */
export type JoinSiblings = (heard: (note: SiblingNote) => void) => Siblings

/** May lose, delay and repeat what is told: it only hints at what stands in the store. */
export interface Siblings {
  tell(note: SiblingNote): void
  leave(): void
}

/** A page lives, and has stored edits of a document that are not sent. */
export interface SiblingNote {
  readonly document: DocumentId
  /** As in `OutboxRecord`. */
  readonly tab: string
}

/** Expands raw DEFLATE (RFC 1951). Rejects when the bytes are none, or more than `bytesMax` come out. */
export type Inflate = (bytes: Uint8Array, bytesMax: number) => Promise<Uint8Array> | Uint8Array

/** A content digest, equal for equal documents; null while Yjs holds structs pending. */
export type Digest = (doc: Doc) => Uint8Array | null
