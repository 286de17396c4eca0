import type { DocumentId, Principal } from '@tidemark/base'
import type { AccessTable, Right } from '../cast/access-table.ts'

export interface AccessBounds {
  /** How long a grant holds without being renewed. */
  readonly grantMsMax: number
  /** How long an answer may take. */
  readonly authorizeMsMax: number
}

/** A right that somebody had, and has no more. */
interface Loss {
  readonly atMs: number
  /** When the relay was told that something has changed; null: it was not. */
  toldMs: number | null
}

/**
 * Who may still receive what, and append, by the table and by what the relay can know of it: a loss of which it was told
 * ends appending at once and reading within `authorizeMsMax`; any other ends both within the time of a grant and of an
 * answer. [ACC3] [ACC4]
 *
 * Times are those of the relay: while its process stands still it can do nothing, neither right nor wrong.
 */
export class AccessTruth {
  readonly #table: AccessTable
  readonly #bounds: AccessBounds
  readonly #nowMs: () => number
  readonly #readLost = new Map<string, Loss>()
  readonly #writeLost = new Map<string, Loss>()

  constructor(table: AccessTable, bounds: AccessBounds, nowMs: () => number) {
    this.#table = table
    this.#bounds = bounds
    this.#nowMs = nowMs
    table.changed = (principal, document, before, after) => this.#changed(principal, document, before, after)
  }

  /** The relay has been told that access may have changed, for some or for all. */
  told(which: { readonly principal?: Principal; readonly document?: DocumentId }): void {
    for (const losses of [this.#readLost, this.#writeLost]) {
      for (const [key, loss] of losses) if (isMeant(which, key)) loss.toldMs ??= this.#nowMs()
    }
  }

  /** `lost`: no more, and the relay has had its time to notice. */
  mayReceive(principal: Principal, document: DocumentId): 'yes' | 'lost' | 'never' {
    if (this.#table.of(principal, document) !== null) return 'yes'
    const loss = this.#readLost.get(keyOf(principal, document))
    if (loss === undefined) return 'never'
    const { authorizeMsMax } = this.#bounds
    const isWithin = this.#isWithin(loss, loss.toldMs === null ? null : loss.toldMs + authorizeMsMax)
    return isWithin ? 'yes' : 'lost'
  }

  mayAppend(principal: Principal, document: DocumentId): boolean {
    if (this.#table.of(principal, document) === 'write') return true
    const loss = this.#writeLost.get(keyOf(principal, document))
    return loss !== undefined && this.#isWithin(loss, loss.toldMs === null ? null : loss.toldMs - slackMs)
  }

  #isWithin({ atMs }: Loss, toldUntilMs: number | null): boolean {
    const { grantMsMax, authorizeMsMax } = this.#bounds
    const untilMs = Math.min(atMs + grantMsMax + authorizeMsMax, toldUntilMs ?? Number.POSITIVE_INFINITY)
    return this.#nowMs() <= untilMs + slackMs
  }

  #changed(principal: Principal, document: DocumentId, before: Right, after: Right): void {
    const key = keyOf(principal, document)
    const loss = (): Loss => ({ atMs: this.#nowMs(), toldMs: null })
    if (after !== null) this.#readLost.delete(key)
    else if (before !== null) this.#readLost.set(key, loss())
    if (after === 'write') this.#writeLost.delete(key)
    else if (before === 'write') this.#writeLost.set(key, loss())
  }
}

/** A turn of the relay: what was decided in it leaves at its end. */
const slackMs = 5

function keyOf(principal: Principal, document: DocumentId): string {
  return `${principal}\n${document}`
}

function isMeant(
  { principal, document }: { readonly principal?: Principal; readonly document?: DocumentId },
  key: string,
): boolean {
  const [of, on] = key.split('\n')
  return (principal === undefined || principal === of) && (document === undefined || document === on)
}
