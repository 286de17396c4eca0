import type { Edit, EditVerb, PersonFacts, SeededRandom, TabFacts } from '@tidemark/simulator/oracle'
import type { Line } from '../../harness/line/line.ts'
import type { Replica } from './replica.ts'

/** A page with some documents, until it is dropped or left. */
export interface Tab extends TabFacts {
  readonly documents: ReadonlyMap<string, Replica>
}

/** Somebody at a device, behind a line of their own, with one tab at a time. */
export interface Person extends PersonFacts {
  readonly name: string
  readonly line: Line
  readonly random: SeededRandom
  readonly tab: Tab | null
  /** Opens a tab with all documents of this person, unless there is one. */
  openTab(): Promise<void>
  /** The tab dies where it stands: what was under way is lost. */
  dropTab(): void
  /** Closes the tab in the orderly way. */
  leave(): Promise<void>
  edit(document: string, verb: EditVerb): Edit | null
  /** Tries now to reach the relay, instead of later. */
  connect(): void
  /** What keeps this document from being at rest, in words; null when nothing does. */
  unrest(document: string): string | null
  close(): Promise<void>
}
