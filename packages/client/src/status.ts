import type { Access, Seq, TidemarkError } from '@tidemark/base'
import type { Doc } from 'yjs'
import type { ClientStatus, DocumentConnection, DocumentStatus, EditsPlace } from './api.ts'
import type { SessionState } from './session.ts'

/** What is known about a document at one moment. */
export interface StatusFacts {
  readonly doc: Doc
  readonly generation: number
  readonly isLoaded: boolean
  readonly isClosed: boolean
  readonly connection: ClientStatus
  readonly session: SessionState
  readonly unsaved: number
  /** The store outlives the page, and holds every own edit. */
  readonly isOnDevice: boolean
  readonly parked: TidemarkError | null
  /** Edits are not taken at this moment, and will be sent again. */
  readonly refusal: TidemarkError | null
  readonly storeError: TidemarkError | null
  readonly seq: Seq | null
  readonly behind: number
}

export function deriveStatus(facts: StatusFacts): DocumentStatus {
  const { doc, generation, isLoaded, unsaved, seq, behind } = facts
  const connection = deriveConnection(facts)
  const access = deriveAccess(facts)
  const edits = deriveEdits(facts, connection, access)
  const error = deriveError(facts)
  return { doc, generation, loaded: isLoaded, connection, edits, unsaved, access, seq, behind, error }
}

function deriveConnection({ isClosed, connection, session }: StatusFacts): DocumentConnection {
  if (isClosed) return 'closed'
  switch (connection.connection) {
    case 'closed':
    case 'refused':
    case 'offline':
      return connection.connection
    case 'idle':
    case 'connecting':
      return 'connecting'
    case 'open':
      return session.kind === 'detached' || session.kind === 'opening' ? 'connecting' : session.kind
  }
}

function deriveAccess({ session }: StatusFacts): Access | null {
  return session.kind === 'catching-up' || session.kind === 'live' ? session.access : null
}

/** Until the device has been read, nobody knows whether edits are waiting there. */
function deriveEdits(facts: StatusFacts, connection: DocumentConnection, access: Access | null): EditsPlace {
  if (facts.parked) return 'refused'
  if (facts.unsaved === 0 && facts.isLoaded) return 'saved'
  const isReachable = connection === 'live' || connection === 'catching-up'
  if (isReachable && access === 'write') return 'saving'
  return facts.isOnDevice ? 'on-device' : 'in-memory'
}

function deriveError({
  connection,
  session,
  parked,
  refusal,
  storeError,
}: StatusFacts): TidemarkError | null {
  // Why nobody lets it in comes before why edits wait: the app can do nothing about those as long as that is so.
  const refused = session.kind === 'refused' ? session.error : (parked ?? refusal)
  return refused ?? storeError ?? connection.error
}

export function isSameStatus(a: DocumentStatus, b: DocumentStatus): boolean {
  return (Object.keys(a) as (keyof DocumentStatus)[]).every((key) => a[key] === b[key])
}
