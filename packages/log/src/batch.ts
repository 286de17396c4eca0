import type { Check, DocumentId, Lineage, Seq } from '@tidemark/base'
import { contentHeadBytes, writeContentHead } from './check.ts'
import type { Receipt } from './update-log.ts'
import type { AppendWrite, OtherOutcome, OtherWrite, Outcome, Write } from './write.ts'

/**
 * The writes of one commit on their way to the writer's thread and back, in few large pieces: the main thread spends a
 * microsecond per append here, and the bytes of all appends move (not copied) in one buffer.
 *
 *     append   u32 document length, document, 16 bytes lineage, f64 after, u32 entries, then each entry:
 *              f64 timeMs, u32 content length, u32 author length, u32 offset of the update in the content, content
 *     content  what the chain hashes (check.ts): 6 bytes for the chain before, varuint, author, update
 *     receipt  u8 1, f64 head, then 32 hex digits per entry; or u8 0 for a refusal
 */
export interface Batch {
  readonly appends: ArrayBuffer
  /** The writes in order: a number stands for so many appends. */
  readonly order: readonly (number | OtherWrite)[]
}

/** What became of a batch, in its order. */
export interface BatchOutcome {
  readonly receipts: ArrayBuffer
  /** Outcomes of the other writes, and refusals of appends. */
  readonly others: readonly OtherOutcome[]
}

/** An append as the writer's thread sees it: views into the batch. */
export interface PackedAppend {
  readonly document: DocumentId
  readonly lineage: Lineage
  readonly after: Seq
  readonly entries: readonly PackedEntry[]
}

export interface PackedEntry {
  readonly timeMs: number
  /** As UTF-8. */
  readonly author: Buffer
  readonly content: Buffer
  readonly update: Buffer
}

const appendHeadBytes = 4 + 16 + 8 + 4
const entryHeadBytes = 8 + 4 + 4 + 4
const checkDigits = 32

export function packBatch(writes: readonly Write[]): Batch {
  let bytes = 0
  for (const write of writes) if (write.kind === 'append') bytes += packedBytes(write)
  // Not from Buffer's pool: its memory is handed over.
  const target = Buffer.allocUnsafeSlow(bytes)
  const order: (number | OtherWrite)[] = []
  let at = 0
  for (const write of writes) {
    if (write.kind !== 'append') {
      order.push(write)
      continue
    }
    at = packAppend(target, at, write)
    const last = order.at(-1)
    if (typeof last === 'number') order[order.length - 1] = last + 1
    else order.push(1)
  }
  return { appends: target.buffer, order }
}

function packedBytes({ document, append }: AppendWrite): number {
  let bytes = appendHeadBytes + Buffer.byteLength(document)
  for (const { author, update } of append.entries) {
    bytes += entryHeadBytes + contentHeadBytes(Buffer.byteLength(author)) + update.length
  }
  return bytes
}

function packAppend(target: Buffer, offset: number, { document, append }: AppendWrite): number {
  const documentLength = target.write(document, offset + 4)
  let at = target.writeUInt32LE(documentLength, offset) + documentLength
  target.write(append.lineage, at, 16, 'hex')
  at = target.writeDoubleLE(append.after, at + 16)
  at = target.writeUInt32LE(append.entries.length, at)
  for (const { timeMs, author, update } of append.entries) {
    const authorLength = Buffer.byteLength(author)
    const contentAt = at + entryHeadBytes
    const updateAt = writeContentHead(target, contentAt, author, authorLength)
    target.writeDoubleLE(timeMs, at)
    target.writeUInt32LE(updateAt - contentAt + update.length, at + 8)
    target.writeUInt32LE(authorLength, at + 12)
    target.writeUInt32LE(updateAt - contentAt, at + 16)
    target.set(update, updateAt)
    at = updateAt + update.length
  }
  return at
}

/** The appends of a batch, one per call. */
export class AppendReader {
  readonly #source: Buffer
  #at = 0

  constructor(appends: ArrayBuffer) {
    this.#source = Buffer.from(appends)
  }

  next(): PackedAppend {
    const source = this.#source
    const documentAt = this.#at + 4
    const at = documentAt + source.readUInt32LE(this.#at)
    const document = source.toString('utf8', documentAt, at)
    const lineage = source.toString('hex', at, at + 16)
    const after = source.readDoubleLE(at + 16)
    const count = source.readUInt32LE(at + 24)
    this.#at = at + 28
    const entries: PackedEntry[] = []
    for (let i = 0; i < count; i++) entries.push(this.#entry())
    return { document, lineage, after, entries }
  }

  #entry(): PackedEntry {
    const source = this.#source
    const at = this.#at
    const contentAt = at + entryHeadBytes
    const updateAt = contentAt + source.readUInt32LE(at + 16)
    const end = contentAt + source.readUInt32LE(at + 8)
    this.#at = end
    return {
      timeMs: source.readDoubleLE(at),
      author: source.subarray(updateAt - source.readUInt32LE(at + 12), updateAt),
      content: source.subarray(contentAt, end),
      update: source.subarray(updateAt, end),
    }
  }
}

export function packOutcomes(outcomes: readonly Outcome[], writes: Batch['order']): BatchOutcome {
  const others: OtherOutcome[] = []
  const receipts: (Receipt | null)[] = []
  let next = 0
  for (const write of writes) {
    for (let left = typeof write === 'number' ? write : 1; left > 0; left--) {
      const outcome = outcomes[next++]!
      if (outcome.kind !== 'appended') others.push(outcome)
      if (typeof write === 'number') receipts.push(outcome.kind === 'appended' ? outcome.receipt : null)
    }
  }
  return { receipts: packReceipts(receipts), others }
}

function packReceipts(receipts: readonly (Receipt | null)[]): ArrayBuffer {
  let bytes = 0
  for (const receipt of receipts) bytes += receipt === null ? 1 : 9 + receipt.checks.length * checkDigits
  const target = Buffer.allocUnsafeSlow(bytes)
  let at = 0
  for (const receipt of receipts) {
    at = target.writeUInt8(receipt === null ? 0 : 1, at)
    if (receipt === null) continue
    at = target.writeDoubleLE(receipt.head, at)
    for (const check of receipt.checks) at += target.write(check, at, 'latin1')
  }
  return target.buffer
}

/** The outcomes of a batch, in the order of its writes. */
export function unpackOutcomes(outcome: BatchOutcome, writes: readonly Write[]): readonly Outcome[] {
  const source = Buffer.from(outcome.receipts)
  let at = 0
  let other = 0
  return writes.map((write) => {
    if (write.kind !== 'append' || source[at++] === 0) return outcome.others[other++]!
    const head = source.readDoubleLE(at)
    at += 8
    const checks: Check[] = []
    for (let left = write.append.entries.length; left > 0; left--, at += checkDigits) {
      checks.push(source.toString('latin1', at, at + checkDigits))
    }
    return { kind: 'appended', receipt: { head, checks } }
  })
}
