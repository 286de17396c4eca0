import type { Clock, Random, Seq, Unsubscribe } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import type { Verified } from '@tidemark/protocol'
import type { Doc } from 'yjs'
import { verifyMs } from './limits.ts'
import type { Digest } from './ports.ts'

export interface VerifierDeps {
  readonly clock: Clock
  readonly random: Random
  /** Where the document stands, when its content can be compared now. */
  position(): Seq | null
  load(): Promise<Digest>
  doc(): Doc
  ask(seq: Seq, digest: Uint8Array): boolean
  differs(): void
}

export interface Verifier {
  /** There is a reason to compare as soon as possible. */
  suspect(): void
  /** Something changed: compares when that is due and possible. */
  consider(): void
  verified(outcome: Verified['outcome']): void
  stop(): void
}

/** Compares this replica's content with the relay's: after a resync, and once in a while. [C6] */
export function createVerifier(deps: VerifierDeps): Verifier {
  const { clock, random } = deps
  let isDue = false
  let digest: Digest | null = null
  let isLoading = false
  let cancel: Unsubscribe = later()

  function later(): Unsubscribe {
    // Replicas that opened together must not ask together.
    return clock.after(verifyMs * (0.5 + random()), () => {
      isDue = true
      cancel = later()
      consider()
    })
  }

  function consider(): void {
    if (!isDue) return
    const seq = deps.position()
    // A log that holds nothing has nothing to compare.
    if (seq === null || seq === 0) return
    if (!digest) return load()
    const content = digest(deps.doc())
    if (content && deps.ask(seq, content)) {
      sometimes('a replica compares its content with the log')
      isDue = false
    }
  }

  function load(): void {
    if (isLoading) return
    isLoading = true
    deps.load().then(
      (loaded) => {
        digest = loaded
        consider()
      },
      () => {
        // Offline, and not in a cache: the next time.
        isLoading = isDue = false
      },
    )
  }

  return {
    suspect() {
      isDue = true
    },
    consider,
    verified(outcome) {
      if (outcome === 'different') deps.differs()
    },
    stop: () => cancel(),
  }
}
