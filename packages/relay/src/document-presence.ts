import type { Clock, Principal, Unsubscribe } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { Attached } from './attached.ts'
import type { AuthorWay } from './author.ts'
import type { RelayLimits } from './limits.ts'
import { Presence } from './presence.ts'
import { PresenceChange } from './presence-change.ts'
import { PresenceClaims } from './presence-claims.ts'

export interface DocumentPresenceDeps {
  readonly channel: number
  readonly clock: Clock
  readonly limits: Pick<
    RelayLimits,
    'presenceClaimsMax' | 'keepAliveMs' | 'presenceRestMsPerReader' | 'presenceRestMsMax'
  >
  /** In the order in which they came. */
  readonly attached: ReadonlySet<Attached>
  /** Under whose name the log has edits of this client id. */
  readonly writerOf: (id: number) => Principal | null | undefined
  /** There is something to tell: `flush` is to be called at the end of the turn. */
  readonly onDue: () => void
}

/**
 * Who is present in a document: who may say so under which id, and who is told when.
 *
 * All telling is done at the end of a turn, of what is true then: whoever were told earlier, or on their own, would get
 * another state of those who move in the same turn right behind. [PRE3]
 *
 *     move ─▶ told ─▶ rest ┄┄ moves gather ┄┄▶ told ─▶ rest ┄┄ nobody moved ┄┄▶ (the next is told at once)
 *
 * Telling a change costs a write per reader, whatever is in it: in a crowd where somebody moves in every turn that would
 * be all the relay does. So it rests in between, the longer the more there are to tell.
 */
export class DocumentPresence {
  readonly #deps: DocumentPresenceDeps
  readonly #presence: Presence<Attached>
  readonly #claims: PresenceClaims
  /** They are to be told what they do not know, at the end of the turn. */
  #due = new Set<Attached>()
  #isRenewalDue = false
  #cancelRenewal: Unsubscribe | null = null
  /** Changes were told a moment ago: those that come gather. */
  #cancelRest: Unsubscribe | null = null

  constructor(deps: DocumentPresenceDeps) {
    this.#deps = deps
    this.#presence = new Presence(deps.clock)
    this.#claims = new PresenceClaims(deps.limits.presenceClaimsMax)
  }

  ownerOf(id: number): Attached | undefined {
    return this.#presence.ownerOf(id)
  }

  /** Sets `session`'s state under `id`, empty to remove it. False when the id is another principal's. */
  set(session: Attached, id: number, state: Uint8Array, way: AuthorWay): boolean {
    if (!this.mayAnnounce(session.principal, id)) return false
    const owner = this.#presence.ownerOf(id)
    if (owner !== undefined && owner !== session) {
      if (owner.principal !== session.principal) return false
      // What a broken connection still had on its way must not take the id back from the one that replaced it.
      if (this.#attachedBefore(session, owner)) {
        sometimes('a broken connection still claims the presence of the one that replaced it')
        return true
      }
      sometimes('a participant comes back before its broken connection is gone')
    }
    this.#presence.set(session, id, state)
    // Stock clients announce whoever they like: what they say makes nobody the owner of an id.
    if (way === 'native' && state.length > 0) this.#claims.announced(session.principal, id)
    this.#deps.onDue()
    return true
  }

  /** Everybody has seen the ids of those who are away for a moment: neither absence nor a restart makes them free. */
  mayAnnounce(principal: Principal, id: number): boolean {
    const writer = this.#deps.writerOf(id) ?? principal
    return writer === principal && this.#claims.mayAnnounce(principal, id)
  }

  #attachedBefore(session: Attached, other: Attached): boolean {
    for (const attached of this.#deps.attached) {
      if (attached === session) return true
      if (attached === other) return false
    }
    return false
  }

  /** Removes `id` if it is `session`'s. */
  remove(session: Attached, id: number): void {
    this.#presence.remove(session, id)
    this.#deps.onDue()
  }

  removeAllOf(session: Attached): void {
    this.#presence.removeAllOf(session)
    this.#deps.onDue()
  }

  /** Calls `session.presenceDue` at the end of the turn. */
  tellLater(session: Attached): void {
    this.#due.add(session)
    this.#deps.onDue()
  }

  /** The present states of `ids`. */
  of(ids: Iterable<number>): PresenceChange {
    return new PresenceChange(this.#deps.channel, this.#presence.states(ids))
  }

  /** For `session`, which may have forgotten everybody: the states of all who are there, and of those in `changed`. */
  introduction(session: Attached, changed: Iterable<number>): PresenceChange {
    if (session.forgetsPresence) this.#presence.renew([...this.#presence.ids()])
    return this.of(new Set([...this.#presence.ids(), ...changed]))
  }

  /** For those who forget: one timer and one encoding for all of them, as long as there is one. */
  startRenewing(): void {
    this.#cancelRenewal ??= this.#deps.clock.after(this.#deps.limits.keepAliveMs, () => {
      this.#cancelRenewal = null
      if (this.#forgetful().length === 0) return
      this.#isRenewalDue = true
      this.#deps.onDue()
      this.startRenewing()
    })
  }

  stop(): void {
    this.#cancelRenewal?.()
    this.#cancelRest?.()
  }

  /** The end of a turn. */
  flush(): void {
    if (this.#cancelRest === null) this.#tellWhatChanged()
    else if (this.#presence.hasChanged)
      sometimes('presence in a crowd is told a little later, with what follows')
    if (this.#isRenewalDue) this.#renew()
    const due = this.#due
    if (due.size > 0) this.#due = new Set()
    for (const session of due) {
      // One of them may have ended another.
      if (this.#deps.attached.has(session)) session.presenceDue()
    }
  }

  #tellWhatChanged(): void {
    const changed = this.#presence.takeChanged()
    if (changed.size === 0) return
    this.#tellChanged(changed)
    this.#rest()
  }

  #rest(): void {
    const { attached, clock, limits } = this.#deps
    const restMs = Math.min(attached.size * limits.presenceRestMsPerReader, limits.presenceRestMsMax)
    // Shorter than a timer can be: the turn is enough.
    if (restMs < 1) return
    this.#cancelRest = clock.after(restMs, () => {
      this.#cancelRest = null
      if (this.#presence.hasChanged) this.#deps.onDue()
    })
  }

  #tellChanged(changed: ReadonlySet<number>): void {
    const change = this.of(changed)
    // Nobody needs to hear of itself; when others changed too, it does: the bytes are the same for all.
    const author = this.#presence.soleOwnerOf(changed)
    for (const session of this.#deps.attached) {
      if (session !== author) session.presenceChanged(change)
    }
  }

  #renew(): void {
    this.#isRenewalDue = false
    const quiet = this.#presence.takeQuiet()
    if (quiet.length === 0) return
    this.#presence.renew(quiet)
    const change = this.of(quiet)
    for (const session of this.#forgetful()) session.presenceChanged(change)
  }

  #forgetful(): readonly Attached[] {
    return [...this.#deps.attached].filter((session) => session.forgetsPresence)
  }
}
