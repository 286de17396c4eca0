import type { ErrorCode } from '@tidemark/base'
import { type AcceptedInspection, type ClientRange, inspect, type Known, trim } from '@tidemark/updates'
import type { Author } from './author.ts'
import { foreignClient, type Owners } from './owners.ts'

/** What a document knows of its log, including what is being appended: enough to judge the next update. */
export interface Held {
  readonly known: Known
  readonly owners: Owners
}

export type Admission =
  /** `update` is ours to keep: what the log lacks, in bytes of its own. `inspection` fits `learn`. */
  | { readonly kind: 'append'; readonly update: Uint8Array; readonly inspection: AcceptedInspection }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'gap' }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string }

export interface AdmissionLimits {
  readonly updateBytesMax: number
}

/** Judges one update against what the log holds. Changes nothing. */
export function admit(update: Uint8Array, held: Held, author: Author, limits: AdmissionLimits): Admission {
  if (update.length > limits.updateBytesMax) {
    return refused('update/too-large', `${update.length} bytes, at most ${limits.updateBytesMax}`)
  }
  const inspection = inspect(update, held.known)
  switch (inspection.kind) {
    case 'duplicate':
      return inspection
    case 'gap':
      return { kind: 'gap' }
    case 'refused':
      return refused(
        'update/malformed',
        `${inspection.reason} at byte ${inspection.offset}: ${inspection.message}`,
      )
    case 'accepted':
      return admitAccepted(update, inspection, held, author)
  }
}

function admitAccepted(
  update: Uint8Array,
  inspection: AcceptedInspection,
  held: Held,
  author: Author,
): Admission {
  const foreign = mayExtend(inspection.adds, held.owners, author)
  if (foreign !== null)
    return refused('update/foreign-client', `client id ${foreign} belongs to another account`)
  // The bytes came with a frame and, on a real socket, keep a whole read buffer alive: what is kept is copied.
  return { kind: 'append', update: ownBytes(update, inspection), inspection }
}

/** The client id that stands in the way, or null. What a proven loss gives back may be anybody's. */
function mayExtend(adds: readonly ClientRange[], owners: Owners, author: Author): number | null {
  return author.way === 'recovery' ? null : foreignClient(owners, adds, author.principal)
}

function ownBytes(update: Uint8Array, inspection: AcceptedInspection): Uint8Array {
  const trimmed = trim(update, inspection)
  return trimmed === update ? new Uint8Array(update) : trimmed
}

function refused(code: ErrorCode, message: string): Admission {
  return { kind: 'refused', code, message }
}
