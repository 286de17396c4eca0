import type { ErrorCode, Principal } from '@tidemark/base'
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

export interface AdmissionRules {
  readonly updateBytesMax: number
  /** False when another principal has announced this client id. */
  mayAnnounce(principal: Principal, client: number): boolean
}

/** Judges one update against what the log holds. Changes nothing. */
export function admit(update: Uint8Array, held: Held, author: Author, rules: AdmissionRules): Admission {
  if (update.length > rules.updateBytesMax) {
    return refused('update/too-large', `${update.length} bytes, at most ${rules.updateBytesMax}`)
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
      return admitAccepted(update, inspection, held, author, rules)
  }
}

function admitAccepted(
  update: Uint8Array,
  inspection: AcceptedInspection,
  held: Held,
  author: Author,
  rules: AdmissionRules,
): Admission {
  const foreign = mayExtend(inspection.adds, held.owners, author) ?? announced(inspection.adds, rules, author)
  if (foreign !== null)
    return refused('update/foreign-client', `client id ${foreign} belongs to another account`)
  // The bytes came with a frame and, on a real socket, keep a whole read buffer alive: what is kept is copied.
  return { kind: 'append', update: ownBytes(update, inspection), inspection }
}

/** The client id that stands in the way, or null. What a proven loss gives back may be anybody's. */
function mayExtend(adds: readonly ClientRange[], owners: Owners, author: Author): number | null {
  return author.way === 'recovery' ? null : foreignClient(owners, adds, author.principal)
}

/**
 * The client id that somebody else has announced, or null. Nobody owns what an unproven answer brings: what stood there
 * under an id whose participant has not yet written would be taken for that one's own first edits.
 */
function announced(adds: readonly ClientRange[], rules: AdmissionRules, author: Author): number | null {
  if (author.way !== 'unproven') return null
  return adds.find(({ client }) => !rules.mayAnnounce(author.principal, client))?.client ?? null
}

function ownBytes(update: Uint8Array, inspection: AcceptedInspection): Uint8Array {
  const trimmed = trim(update, inspection)
  return trimmed === update ? new Uint8Array(update) : trimmed
}

function refused(code: ErrorCode, message: string): Admission {
  return { kind: 'refused', code, message }
}
