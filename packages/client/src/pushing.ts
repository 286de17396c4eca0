import { type Access, type Clock, TidemarkError, type Unsubscribe } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { Refused, Resync } from '@tidemark/protocol'
import { emptyUpdate, isEmptyUpdate } from '@tidemark/updates/merge'
import { othersRetryMs } from './limits.ts'
import type { Outbox, OutboxLimits } from './outbox.ts'
import type { Replica } from './replica.ts'

export interface PushingDeps {
  readonly clock: Clock
  readonly replica: Replica
  readonly outbox: Outbox
  limits(): OutboxLimits
  send(batch: number, update: Uint8Array, recovery: boolean): void
  /** The relay has been given all that it can be given: it may be asked for what this replica lacks. */
  gaveBack(): void
  /** What the relay waits for can only be had by a new session. */
  reopen(): void
  changed(): void
  report(error: TidemarkError): void
}

export interface Pushing {
  access: Access
  /** Why edits are not taken at this moment, though they will be sent again. */
  readonly refusal: TidemarkError | null
  /** Nothing stands in the outbox' stead. */
  readonly isRecovering: boolean
  /** Sends what is unsent, as far as the window allows. */
  pump(): void
  /** The session began with a resync: gives the relay what its log lacks, then `gaveBack`. */
  giveBack(stateVector: Uint8Array): void
  acked(batch: number): void
  refused(message: Refused): void
  resync(message: Resync): void
  end(): void
}

/** A push that stands for all that the relay may lack. */
interface Recovery {
  readonly batch: number
  /** It answers the resync with which the session began. */
  readonly isFirst: boolean
}

/**
 * The half of a session that writes: decides what the outbox may send, and what an answer means for what was sent.
 *
 *     ack                    leaves the outbox
 *     refused, with a delay  it and all later ones are unsent again; sent after the delay
 *     refused for good       it and all later ones are parked: kept, told, not sent
 *     resync                 all that the relay lacks goes as one push; refused or in vain: parked, unless others may fill the gap
 */
export function createPushing(deps: PushingDeps, access: Access): Pushing {
  const { clock, outbox, replica } = deps
  let recovery: Recovery | null = null
  /** The relay refused what would be given back: only own edits are sent from then on. */
  let recoveryRefused: TidemarkError | null = null
  /** Pushing again makes no sense before this is over. */
  let holding: Unsubscribe | null = null
  /** Why the last push was refused for now; until one is acknowledged. */
  let refusal: TidemarkError | null = null
  /** The relay asked for all that it lacks while pushing made no sense: it takes nothing before it has been given that. */
  let owesResync = false

  function pump(): void {
    if (holding || recovery || replica.isDraft) return
    if (pushing.access !== 'write') {
      // What is under way may have been admitted before: its answer says so.
      if (!outbox.isEmpty && !outbox.parked && !outbox.isFlying()) park(readOnly())
      return
    }
    // They were refused for want of access, which is there now.
    if (outbox.parked?.code === 'update/read-only') outbox.unpark()
    for (let next = outbox.next(deps.limits()); next; next = outbox.next(deps.limits())) {
      if (next === 'too-large') return park(tooLarge())
      deps.send(next.batch, next.update, false)
    }
  }

  /** Refused for good: the edits stay where they are, and the app is told. */
  function park(error: TidemarkError): void {
    outbox.park(error)
    deps.report(error)
    deps.changed()
  }

  /** Whatever the outbox says is part of what the relay lacks. */
  function recover(stateVector: Uint8Array, isFirst: boolean): void {
    const mayPush = pushing.access === 'write' && !replica.isDraft
    const update = mayPush ? replica.difference(stateVector) : emptyUpdate
    if (update.length > deps.limits().updateBytesMax) recoveryRefused ??= tooLarge()
    if (recoveryRefused || isEmptyUpdate(update)) return isFirst ? deps.gaveBack() : undefined
    sometimes('a relay is given all that it lacks at once')
    recovery = { batch: outbox.coverAll(update.length), isFirst }
    deps.send(recovery.batch, update, true)
  }

  function settleRecovery(batch: number): void {
    if (!recovery || batch < recovery.batch) return
    const { isFirst } = recovery
    recovery = null
    if (isFirst) deps.gaveBack()
  }

  function hold(delayMs: number): void {
    holding?.()
    holding = clock.after(delayMs, () => {
      holding = null
      // What a state vector asked for has changed meanwhile.
      if (recovery || owesResync) {
        sometimes('what a relay waits for can only be had by a new session')
        deps.reopen()
      } else pump()
    })
  }

  /**
   * Own edits build on what the log lost, and only those who wrote that may give it back: they may be on their way. The
   * relay takes nothing from this session any more, so the next try is another session.
   */
  function awaitOthers(error: TidemarkError): void {
    sometimes('edits wait for others to give back what they build on')
    refusal = error
    deps.report(error)
    owesResync = true
    hold(othersRetryMs)
    deps.changed()
  }

  /** A batch that was under way when one before it was refused for now had a gap: the relay waits for an answer. */
  function lateResync(): void {
    if (outbox.parked) return
    sometimes('a push is overtaken by a resync')
    if (holding) owesResync = true
    else deps.reopen()
  }

  const pushing: Pushing = {
    access,
    get refusal() {
      return refusal
    },
    get isRecovering() {
      return recovery !== null
    },
    pump,
    giveBack: (stateVector) => recover(stateVector, true),
    acked(batch) {
      refusal = null
      settleRecovery(batch)
    },
    refused({ batch, code, message, retryAfterMs }) {
      // Not always later than what was refused before: a relay refuses at once what it has no room for, and says only
      // afterwards that the log would not take those before it.
      if (!outbox.isFlying(batch)) {
        sometimes('a batch behind one that was refused is refused too')
        return
      }
      outbox.unsend(batch)
      const error = new TidemarkError(code, message, { retryAfterMs })
      if (retryAfterMs !== null) {
        sometimes('edits are refused for now')
        refusal = error
        deps.report(error)
        hold(retryAfterMs)
      } else if (batch === recovery?.batch) {
        recoveryRefused = error
        settleRecovery(batch)
        pump()
      } else park(error)
      deps.changed()
    },
    resync({ batch, stateVector }) {
      if (!outbox.isFlying(batch)) return lateResync()
      outbox.unsend(batch)
      if (outbox.parked) return
      const before = recovery
      recovery = null
      // Asked a second time: own edits build on something that the log lacks and will not take. What it has is read on.
      if (!before) recover(stateVector, false)
      else if (before.isFirst) deps.gaveBack()
      if (recovery) return
      if (recoveryRefused?.code === 'update/foreign-client') awaitOthers(recoveryRefused)
      else park(recoveryRefused ?? new TidemarkError('update/malformed', 'edits with a gap'))
    },
    end() {
      holding?.()
    },
  }
  return pushing
}

function readOnly(): TidemarkError {
  return new TidemarkError('update/read-only', 'there is no access to write')
}

function tooLarge(): TidemarkError {
  return new TidemarkError('update/too-large', 'an update larger than the relay takes')
}
