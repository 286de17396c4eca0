import type { DocumentId } from '@tidemark/base'
import type { RawLink, RawSession } from '../cast/raw-link.ts'
import type { Stranger } from '../cast/stranger.ts'
import type { Scene } from '../scene.ts'
import type { SeededRandom } from '../world/seeded-random.ts'

/** One thing that a stranger does, with all it needs to do harm. */
export interface Abuse {
  readonly scene: Scene
  readonly stranger: Stranger
  readonly random: SeededRandom
}

export type Deed = (abuse: Abuse) => void

/** A deed in a session. While there is none, one is opened instead. */
export function inSession(
  run: (abuse: Abuse & { readonly link: RawLink; readonly session: RawSession }) => void,
): Deed {
  return (abuse) => {
    const { stranger, random } = abuse
    const found = stranger.anySession(random)
    if (found) return run({ ...abuse, link: found[0], session: found[1] })
    const link = stranger.greet()
    for (const document of stranger.documents) link.say(link.open(document))
  }
}

/** What the log holds: strangers know more than they should. */
export function clocksOf({ log }: Scene, document: DocumentId): ReadonlyMap<number, number> {
  return log.of(document)?.clocks ?? noClocks
}

const noClocks: ReadonlyMap<number, number> = new Map()

/** The last updates that the log took, as they were written. */
export function recorded({ log }: Scene, document: DocumentId): readonly Uint8Array[] {
  const entries = log.of(document)?.entries.slice(-recordedMax) ?? []
  return entries.map(({ update }) => update)
}

const recordedMax = 200
