import {
  applyPatches,
  type ConcurrentTrace,
  missingBefore,
  type SequentialTrace,
} from '@tidemark/updates/testing'
import * as Y from 'yjs'

/** Who makes the edits of a trace. Each step is one transaction of the trace and one of Yjs. */
export interface Typing {
  readonly edits: number
  readonly endContent: string
  /** Makes the next transaction that can be made now; false when there is none at this moment. */
  step(): boolean
  readonly made: number
}

/** One author types straight into the client's document. */
export function typeSequentially(
  trace: SequentialTrace,
  doc: () => Y.Doc,
  root: string,
  edits: number,
): Typing {
  const txns = trace.txns.slice(0, edits)
  const endContent = txns.length === trace.txns.length ? trace.endContent : contentAfter(trace, edits)
  let made = 0
  return {
    edits: txns.length,
    endContent,
    get made() {
      return made
    },
    step() {
      const txn = txns[made]
      if (txn === undefined) return false
      applyPatches(doc().getText(root), txn.patches)
      made++
      return true
    },
  }
}

/**
 * Two authors type at once. The positions of a transaction refer to the merge of its parents, while an author's client
 * receives what the other typed as soon as it is there. So each author types into a document of its own, which holds
 * exactly what the trace says it held, and which feeds the client's document as another provider would:
 *
 *     trace ─▶ author's own doc ─update─▶ client's document ⇄ relay ⇄ the other client's document
 *                     ▲                          │
 *                     └── the other's transactions that this one follows, once the client has received them
 *
 * Where two insert at one place at once, Yjs puts the lower client id first, as the recording has agent 0 before agent 1.
 */
export function typeConcurrently(
  trace: ConcurrentTrace,
  docs: readonly (() => Y.Doc)[],
  root: string,
  edits: number,
): Typing {
  const txns = trace.txns.slice(0, edits)
  const missing = missingBefore({ ...trace, txns })
  const authors = docs.map((doc, agent) => new TraceAuthor(agent, doc, root))
  const endContent = contentOfMerge(trace, edits, root)
  const queues = docs.map((_, agent) => txns.flatMap((txn, index) => (txn.agent === agent ? [index] : [])))
  const clocks: number[] = []
  const updates: Uint8Array[] = []
  let made = 0

  function stepOf(agent: number): boolean {
    const index = queues[agent]?.[0]
    const author = authors[agent]
    if (index === undefined || author === undefined) return false
    const needed = missing[index] ?? []
    if (!needed.every((other) => author.hasReceived(txns[other]?.agent ?? 0, clocks[other] ?? Infinity)))
      return false
    for (const other of needed) author.learn(updates[other] as Uint8Array)
    updates[index] = author.type(txns[index]?.patches ?? [])
    clocks[index] = author.clock
    queues[agent]?.shift()
    made++
    return true
  }

  return {
    edits: txns.length,
    endContent,
    get made() {
      return made
    },
    step: () => authors.map((_, agent) => stepOf(agent)).includes(true),
  }
}

const firstClientId = 1_000_001

class TraceAuthor {
  readonly #own = new Y.Doc()
  readonly #client: () => Y.Doc
  readonly #root: string
  #update: Uint8Array = new Uint8Array()

  constructor(agent: number, client: () => Y.Doc, root: string) {
    this.#own.clientID = firstClientId + agent
    this.#client = client
    this.#root = root
    this.#own.on('update', (update: Uint8Array) => {
      this.#update = update
    })
  }

  get clock(): number {
    return Y.getState(this.#own.store, this.#own.clientID)
  }

  hasReceived(agent: number, clock: number): boolean {
    return Y.getState(this.#client().store, firstClientId + agent) >= clock
  }

  learn(update: Uint8Array): void {
    Y.applyUpdate(this.#own, update)
  }

  type(patches: Parameters<typeof applyPatches>[1]): Uint8Array {
    applyPatches(this.#own.getText(this.#root), patches)
    Y.applyUpdate(this.#client(), this.#update, this)
    return this.#update
  }
}

function contentAfter(trace: SequentialTrace, edits: number): string {
  const doc = new Y.Doc()
  doc.transact(() => {
    for (const { patches } of trace.txns.slice(0, edits)) applyPatches(doc.getText('text'), patches)
  })
  return doc.getText('text').toString()
}

/** The recorded end; for a part of the trace, what its authors would have in a room of their own. */
function contentOfMerge(trace: ConcurrentTrace, edits: number, root: string): string {
  if (edits >= trace.txns.length) return trace.endContent
  const docs = Array.from({ length: trace.numAgents }, () => new Y.Doc())
  const typing = typeConcurrently(
    { ...trace, txns: trace.txns.slice(0, edits), endContent: '' },
    docs.map((doc) => () => doc),
    root,
    edits,
  )
  const sync = (): void =>
    docs.forEach((doc) => docs.forEach((other) => Y.applyUpdate(doc, Y.encodeStateAsUpdate(other))))
  while (typing.made < typing.edits) if (!typing.step()) sync()
  sync()
  return docs[0]?.getText(root).toString() ?? ''
}
