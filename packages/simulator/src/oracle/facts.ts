import type { Access, DocumentId, Principal, Seq } from '@tidemark/base'
import type { DocumentHandle, DocumentStatus } from '@tidemark/client'
import type { Doc } from 'yjs'
import type { Effect } from './contents.ts'
import type { Edit, Ledger } from './ledger.ts'

/**
 * What a checker looks at: the slice of a world, simulated or made of real processes, that says whether a property holds.
 * One definition of what must hold serves both.
 */
export interface Facts {
  readonly ledger: Ledger
  readonly log: LogFacts
  readonly people: readonly PersonFacts[]
  /** `healed`: nobody writes who is not at rest. */
  readonly phase: 'faults' | 'core' | 'healed'
  readonly world: { readonly steps: number }
  /** What the owner lets each principal do now. Without it, everybody may write. */
  readonly access?: { of(principal: Principal, document: DocumentId): Access | null }
  /** Whether the relay refuses to serve a document and has said so: damage that nobody has repaired. Without it: never. */
  isHalted?(document: DocumentId): boolean
}

/** What somebody may do with a document now; null: nothing. A device is a principal. */
export function rightOf({ access }: Facts, { device }: PersonFacts, document: DocumentId): Access | null {
  return access === undefined ? 'write' : access.of(device.name, document)
}

/** What the relay's log holds. */
export interface LogFacts {
  /** How often an older copy was put back that holds less of this document: what was durable may be gone. */
  lossesOf(document: DocumentId): number
  of(document: DocumentId): { readonly head: Seq; readonly reference: Doc } | undefined
  has(edit: Edit): boolean
  /** Whether the log has it, or had it before an older copy was put back. */
  hasHeld(edit: Edit): boolean
}

/** Somebody at a device. */
export interface PersonFacts {
  readonly device: DeviceFacts
  /** The tab that is open now. */
  readonly tab: TabFacts | null
}

export interface DeviceFacts {
  readonly name: string
  readonly truth: {
    has(document: DocumentId, effect: Effect): boolean
    /** Whether a replica that was kept aside has it. */
    hasAside(document: DocumentId, effect: Effect): boolean
    /** Whether edits lie there that wait for the relay, as far as one can look. */
    holdsUnsent?(document: DocumentId): boolean
  }
}

export interface TabFacts {
  readonly process: {
    readonly name: string
    /** Grows whenever something runs in it. Left out: who looks must look each time. */
    readonly turns?: number
  }
  readonly documents: ReadonlyMap<DocumentId, OpenFacts>
}

/** A document that is open in a tab, and the edits that were made there. */
export interface OpenFacts {
  readonly handle: Pick<DocumentHandle, 'doc' | 'status'>
  /** What the device holds has been read, and was not refused. */
  readonly isRead: boolean
  /** The app was told that the device holds another history, which is kept aside. Left out: it was not. */
  readonly isSetAside?: boolean
  readonly edits: readonly Edit[]
  /** The status that was looked at last, and the number of edits then. */
  seen: { readonly status: DocumentStatus; readonly edits: number } | null
  /** Edits that `saved()` said are durable, until somebody has looked. */
  readonly acked: Edit[]
}
