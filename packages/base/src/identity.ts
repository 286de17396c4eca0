/** A document as a user thinks of it: 1 to 512 bytes of UTF-8 without control characters. */
export type DocumentId = string

/** A position in one document's log: 1, 2, 3, ... without a gap; 0 is before the first entry. Never compared across logs. */
export type Seq = number

/** The identity of a document's history: 128 random bits as 32 lower-case hex digits, made once with the document. */
export type Lineage = string

/**
 * The log's mark at one seq, 16 bytes as 32 lower-case hex digits: a rolling hash over all entries up to there, the epoch
 * in which the last of them was written, and a tag by which the log that issued it knows it again. Opaque to everybody
 * but the log.
 */
export type Check = string

/** The check of a log that holds nothing: the mark at seq 0. */
export const emptyCheck: Check = '0'.repeat(32)

/** A reader's saved position. It is valid only in a log of this lineage that has this check at this seq. */
export interface Cursor {
  readonly lineage: Lineage
  readonly seq: Seq
  readonly check: Check
}

/** Who stands behind a session, in the words of the relay owner's `authorize`: an account, not a device. */
export type Principal = string

export type Access = 'read' | 'write'

export const documentIdBytesMax = 512

/** Whether `id` may name a document. */
export function isDocumentId(id: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  if (id.length === 0 || id.length > documentIdBytesMax || /[\u0000-\u001f\u007f]/.test(id)) return false
  return id.isWellFormed() && new TextEncoder().encode(id).length <= documentIdBytesMax
}
