import type { Cursor, Lineage } from '@tidemark/base'
import { pendingOf } from '@tidemark/updates/yjs-internals'
import { applyUpdate, type Doc, encodeStateAsUpdate, encodeStateVector } from 'yjs'
import type { StoredUpdate } from './store/replica-store.ts'
import { type Applied, type WatchedDoc, watchDoc } from './watched-doc.ts'

export interface ReplicaDeps {
  createDoc(): Doc
  edited(update: Uint8Array): void
  /** Yjs failed within this document: it can no longer be trusted, and has to be rebuilt from the relay. */
  damaged(): void
  /** Something of the app's threw; the replica is well. */
  observerThrew(error: unknown): void
  /** The app edits a `Y.Doc` that was replaced. */
  strayEdit(): void
}

/** Where a copy of the document stands. The cursor is always the one of this very memory, never of the store. [C2] */
export interface Position {
  readonly lineage: Lineage | null
  /** Null: unknown. What is in the document is then no proof of what the log holds. */
  readonly cursor: Cursor | null
}

/**
 * A `Y.Doc` with its position, and while it is being rebuilt a second one beside it:
 *
 *                     beginDraft()                 caught up: finishDraft()
 *     doc ─────────────▶ doc (stays visible, editable)  ──────────▶ draft becomes doc
 *                        draft (collects from the relay)            the old doc is handed back
 *
 * What comes from the relay goes to the draft while there is one.
 */
export interface Replica {
  readonly doc: Doc
  readonly generation: number
  readonly lineage: Lineage | null
  readonly cursor: Cursor | null
  /** Whether what comes from the relay goes to a draft. */
  readonly isDraft: boolean
  /** Of the draft, while there is one. */
  readonly position: Position
  /** Sets `position`. */
  place(position: Position): void
  /** What the device held. */
  load(updates: readonly StoredUpdate[]): Applied
  /** What came from the relay. The position does not move: that is the caller's decision. */
  apply(updates: readonly StoredUpdate[]): Applied
  stateVector(): Uint8Array
  /** All that a holder of `stateVector` lacks, and all deletions. */
  difference(stateVector?: Uint8Array): Uint8Array
  state(): StoredUpdate
  beginDraft(): void
  dropDraft(): void
  /** The document is closed: `stray` is called when the app edits it all the same. */
  destroy(stray: () => void): void
  /** Makes the draft the document, with `unsent` applied to it when that works. Null without a draft. */
  finishDraft(unsent: Uint8Array | null): FinishedDraft | null
}

export interface FinishedDraft {
  /** What the old document held, as far as Yjs can still say. */
  readonly old: StoredUpdate | null
  /** The old document held something: content, or the mark of a deletion. */
  readonly heldAny: boolean
  /** `unsent` does not fit to what the relay holds: it is only in `old`. */
  readonly misfits: boolean
  /** What the new document edited by itself: not told by `edited`. */
  readonly edits: readonly Uint8Array[]
}

interface Copy {
  readonly watched: WatchedDoc
  position: Position
  /** Edits made while it was not the document: Yjs itself tidies formats up when it reads them. */
  readonly edits: Uint8Array[]
}

const nowhere: Position = { lineage: null, cursor: null }

export function createReplica(deps: ReplicaDeps): Replica {
  let main = createCopy()
  let draft: Copy | null = null
  let generation = 1

  function createCopy(): Copy {
    const edits: Uint8Array[] = []
    const watched: WatchedDoc = watchDoc({
      doc: deps.createDoc(),
      edited: (update) => (watched === main.watched ? deps.edited(update) : void edits.push(update)),
      revived: (error) => revived(watched, error),
      damaged: () => watched === main.watched && deps.damaged(),
      observerThrew: (error) => deps.observerThrew(error),
    })
    return { watched, position: nowhere, edits }
  }

  /** Yjs may have failed in the middle of its own work: only what survives a round trip may live on. */
  function revived({ doc }: WatchedDoc, error: unknown): boolean {
    if (error !== null || doc !== main.watched.doc || !survivesRoundTrip(doc)) return false
    deps.observerThrew(new Error('the events had stopped'))
    return true
  }

  function survivesRoundTrip(doc: Doc): boolean {
    const copy = deps.createDoc()
    try {
      applyUpdate(copy, stateOf(doc).update)
      return !pendingOf(copy) && isEqual(encodeStateVector(copy), encodeStateVector(doc))
    } catch {
      return false
    }
  }

  function finish(next: Copy, unsent: Uint8Array | null): FinishedDraft {
    const old = main.watched
    let chosen = next
    let misfits = false
    if (unsent) {
      const base = stateOf(next.watched.doc)
      misfits = next.watched.apply([{ update: unsent, version: 1 }]) !== 'applied'
      if (misfits) {
        chosen = { ...createCopy(), position: next.position }
        chosen.watched.apply([base])
      }
    }
    const finished = { old: tryState(old.doc), heldAny: holdsAny(old.doc), misfits, edits: next.edits }
    old.unwatch(deps.strayEdit)
    main = chosen
    draft = null
    generation++
    return finished
  }

  return {
    get doc() {
      return main.watched.doc
    },
    get generation() {
      return generation
    },
    get lineage() {
      return main.position.lineage
    },
    get cursor() {
      return main.position.cursor
    },
    get isDraft() {
      return draft !== null
    },
    get position() {
      return (draft ?? main).position
    },
    place(position) {
      const copy = draft ?? main
      copy.position = position
    },
    load: (updates) => main.watched.apply(updates),
    apply: (updates) => (draft ?? main).watched.apply(updates),
    stateVector: () => encodeStateVector((draft ?? main).watched.doc),
    difference: (stateVector) => encodeStateAsUpdate(main.watched.doc, stateVector),
    state: () => stateOf(main.watched.doc),
    beginDraft() {
      draft = createCopy()
    },
    dropDraft() {
      draft = null
    },
    destroy: (stray) => main.watched.destroy(stray),
    finishDraft: (unsent) => draft && finish(draft, unsent),
  }
}

/** V1: a page that has just begun reads it in half the time of V2, and packed it is hardly longer. */
function stateOf(doc: Doc): StoredUpdate {
  return { update: encodeStateAsUpdate(doc), version: 1 }
}

/** Deletions alone count: of what was deleted Yjs keeps a struct, or holds the deletion back as pending. */
function holdsAny(doc: Doc): boolean {
  return doc.store.clients.size > 0 || pendingOf(doc)
}

function tryState(doc: Doc): StoredUpdate | null {
  try {
    return stateOf(doc)
  } catch {
    return null
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
