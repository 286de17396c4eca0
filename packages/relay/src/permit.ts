import type { Clock, Principal, Random, Unsubscribe } from '@tidemark/base'
import { type AccessDecision, accountChanged, unconfirmed, withdrawn } from './access.ts'
import type { Ended } from './attached.ts'
import type { AccessGrant } from './ports.ts'

export interface PermitDeps {
  readonly clock: Clock
  readonly random: Random
  readonly limits: { readonly grantMsMax: number; readonly authorizeMsMax: number }
  /** Asks the relay's owner. Answers once, at once or later, within `authorizeMsMax`. */
  readonly ask: (decided: (decision: AccessDecision) => void) => void
  /** The first decision: let in, or not. */
  readonly granted: (grant: AccessGrant) => void
  readonly refused: (ended: Ended) => void
  /** Access became another one. */
  readonly changed: (grant: AccessGrant) => void
  /** No longer in doubt: what was held back may be taken. */
  readonly confirmed: () => void
  /** Access is over. */
  readonly ended: (ended: Ended) => void
}

/**
 * What a session may do, by the word of the relay's owner, and how long that word holds. [ACC3] [ACC4]
 *
 *     deciding ──▶ holds ──▶ renewing ──▶ holds ──▶ ...
 *                    │          │  the owner cannot be reached: asks again, until the grant has run out
 *              doubt │          ▼
 *                    ▼        ended
 *                 in doubt ──▶ holds | ended
 *
 * A grant is renewed in the second half of its time, each session at another moment, so that a thousand of them ask a
 * thousand times in that half, and not all at once. A grant that nobody renewed ends: who cannot ask cannot know.
 *
 * In doubt is who is asked about because something has changed: until the answer it may read, for `authorizeMsMax` at
 * most, and nothing that it writes may be taken.
 */
export class Permit {
  readonly #deps: PermitDeps
  #grant: AccessGrant | null = null
  #isInDoubt = false
  #isOver = false
  #asked = 0
  #cancelRenewal: Unsubscribe = () => {}
  #cancelExpiry: Unsubscribe = () => {}

  constructor(deps: PermitDeps) {
    this.#deps = deps
  }

  /** Null until the first decision. */
  get grant(): AccessGrant | null {
    return this.#grant
  }

  get principal(): Principal {
    return this.#grant?.principal ?? ''
  }

  get mayWrite(): boolean {
    return this.#grant?.access === 'write'
  }

  /** What comes from the session must wait. */
  get isInDoubt(): boolean {
    return this.#isInDoubt
  }

  /** Asks for the first time. */
  start(): void {
    this.#ask()
  }

  /** Something has changed: only an answer to a question asked from now on counts. */
  doubt(): void {
    if (this.#isOver) return
    this.#cancelRenewal()
    // From the first doubt on: who is doubted again and again must not read on for that.
    if (this.#grant !== null && !this.#isInDoubt) this.#expireAfter(this.#deps.limits.authorizeMsMax)
    this.#isInDoubt = this.#grant !== null
    this.#ask()
  }

  /** The session is over. */
  stop(): void {
    this.#isOver = true
    this.#cancelRenewal()
    this.#cancelExpiry()
  }

  /** An answer counts only while nobody has asked since. */
  #ask(): void {
    const asked = ++this.#asked
    this.#deps.ask((decision) => {
      if (asked === this.#asked && !this.#isOver) this.#decided(decision)
    })
  }

  #decided(decision: AccessDecision): void {
    if (this.#grant === null) this.#decidedFirst(decision)
    else if (decision.kind === 'granted') this.#grantedAgain(this.#grant, decision.grant)
    else if (decision.code === 'access/unavailable' && !this.#isInDoubt) this.#renewAfter(retriesPerGrant)
    else this.#end(withdrawn(decision))
  }

  #decidedFirst(decision: AccessDecision): void {
    if (decision.kind === 'refused') {
      this.stop()
      return this.#deps.refused(decision)
    }
    this.#hold(decision.grant)
    this.#deps.granted(decision.grant)
  }

  #grantedAgain(before: AccessGrant, grant: AccessGrant): void {
    if (grant.principal !== before.principal) return this.#end(accountChanged)
    const wasInDoubt = this.#isInDoubt
    this.#isInDoubt = false
    this.#hold(grant)
    if (grant.access !== before.access) this.#deps.changed(grant)
    if (wasInDoubt) this.#deps.confirmed()
  }

  #hold(grant: AccessGrant): void {
    this.#grant = grant
    this.#cancelExpiry()
    const holdsMs = this.#holdsMs
    if (holdsMs === null) return
    this.#expireAfter(holdsMs)
    this.#renewAfter(2 / (1 + this.#deps.random() / 2))
  }

  /** Null: until somebody says that something has changed. */
  get #holdsMs(): number | null {
    const holdsMs = this.#grant?.holdsMs
    return holdsMs === undefined ? this.#deps.limits.grantMsMax : holdsMs
  }

  /** After one part of so many of the grant's time. */
  #renewAfter(parts: number): void {
    const holdsMs = this.#holdsMs
    if (holdsMs === null) return
    this.#cancelRenewal = this.#deps.clock.after(holdsMs / parts, () => this.#ask())
  }

  #expireAfter(ms: number): void {
    this.#cancelExpiry()
    this.#cancelExpiry = this.#deps.clock.after(ms, () => this.#end(unconfirmed))
  }

  #end(ended: Ended): void {
    this.stop()
    this.#deps.ended(ended)
  }
}

/** How often in its time a grant may be asked for when asking fails. */
const retriesPerGrant = 10
