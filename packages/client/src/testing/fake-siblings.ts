import type { JoinSiblings, SiblingNote } from '../ports.ts'

/** What the pages on one store tell each other, at once. */
export interface FakeSiblings {
  readonly told: SiblingNote[]
  /** Nothing arrives any more. */
  isDown: boolean
  /** The channel as one page sees it: after `kill` it neither tells nor hears. */
  page(): { readonly join: JoinSiblings; kill(): void }
}

function createFakeSiblings(): FakeSiblings {
  const members = new Set<(note: SiblingNote) => void>()
  const siblings: FakeSiblings = {
    told: [],
    isDown: false,
    page() {
      let isAlive = true
      const join: JoinSiblings = (heard) => {
        const hear = (note: SiblingNote): void => (isAlive ? heard(note) : undefined)
        members.add(hear)
        return {
          tell(note) {
            if (!isAlive) return
            siblings.told.push(note)
            if (!siblings.isDown) for (const member of members) if (member !== hear) member(note)
          },
          leave: () => void members.delete(hear),
        }
      }
      return {
        join,
        kill() {
          isAlive = false
        },
      }
    },
  }
  return siblings
}

const byStore = new WeakMap<object, FakeSiblings>()

/** One for each store: that is what makes pages siblings. */
export function siblingsOf(store: object): FakeSiblings {
  const siblings = byStore.get(store) ?? createFakeSiblings()
  byStore.set(store, siblings)
  return siblings
}
