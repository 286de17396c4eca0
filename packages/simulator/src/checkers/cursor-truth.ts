import { type Cursor, type DocumentId, emptyCheck } from '@tidemark/base'
import type { RelayEvent } from '@tidemark/relay'
import type { OpenedByCursor } from '../oracle/border.ts'
import { Violation } from '../oracle/violation.ts'
import type { Scene } from '../scene.ts'
import type { Checker } from './checker.ts'

type Loss = Extract<RelayEvent, { type: 'loss-proven' }>

/**
 * R3: a cursor is resumed if and only if the log has all that it stands for, and proves a loss if and only if the log once
 * had that and has not: whatever was put back, grown again and compacted away meanwhile.
 */
export function createCursorTruth({ log, relay, border, world }: Scene): Checker {
  const proven: Loss[] = []

  function stands(document: DocumentId, { seq, check }: Cursor): boolean {
    if (seq === 0) return check === emptyCheck
    return log.of(document)?.entries[seq - 1]?.check === check
  }

  function stoodOnce(document: DocumentId, { seq, check }: Cursor): boolean {
    const entry = log.entry(check)
    return entry !== undefined && entry.document === document && entry.seq === seq
  }

  /** It was told directly before the session was opened. */
  function takeProof(document: DocumentId, principal: string, { seq }: Cursor): boolean {
    const at = proven.findIndex(
      (loss) => loss.document === document && loss.principal === principal && loss.seq === seq,
    )
    if (at >= 0) proven.splice(at, 1)
    return at >= 0
  }

  function judge({ party, document, cursor, opened }: OpenedByCursor): void {
    const what = `${document}: the cursor at ${cursor.seq} of ${party.principal}`
    if (opened.lineage !== cursor.lineage) throw new Violation('LIN2', `${what} is of another lineage`)
    const isHeld = stands(document, cursor)
    const isProof = takeProof(document, party.principal, cursor)
    if (isHeld !== (opened.resume.kind !== 'resync'))
      throw new Violation('R3', `${what} is ${isHeld ? 'held, and not resumed' : 'resumed, and not held'}`)
    if (isProof === (!isHeld && stoodOnce(document, cursor))) return
    throw new Violation('R3', `${what} ${isProof ? 'proves a loss that is none' : 'does not prove a loss'}`)
  }

  relay.watch((event) => {
    if (event.type === 'loss-proven') proven.push(event)
  })
  border.listen({
    openedByCursor(opened) {
      try {
        judge(opened)
      } catch (error) {
        // Thrown here it would be the relay's to catch.
        world.fail(error as Error)
      }
    },
  })
  return {}
}
