import type { System, SystemId } from '../systems/system.ts'
import type { Target } from './target.ts'

/** What one trial yields: a number for each of the scenario's figures. */
export type Figures = Readonly<Record<string, number>>

export interface Figure {
  readonly key: string
  readonly label: string
  readonly unit: string
  /** Digits after the point. */
  readonly digits: number
}

export interface Case {
  readonly id: string
  readonly label: string
  /** Where it is not all of the scenario's. */
  readonly systems?: readonly SystemId[]
  /** Not the first, and yet run by the tests: it does something that the first does not. */
  readonly tested?: boolean
}

/** One trial: a system, a case, once. */
export interface Trial {
  readonly system: System
  readonly case: string
  /** Seconds, not minutes: to see that the bench is right, not what it measures. */
  readonly small: boolean
  /** On disk, empty, gone afterwards. */
  readonly folder: string
}

export interface Scenario {
  readonly id: string
  readonly title: string
  /** What is done and what is counted, for the report. */
  readonly what: string
  readonly cases: readonly Case[]
  readonly systems: readonly SystemId[]
  /** Where it is not the server that takes part. */
  readonly names?: Readonly<Partial<Record<SystemId, string>>>
  readonly figures: readonly Figure[]
  /** The figure that the report draws and begins with, and for people. */
  readonly chart: { readonly figure: string; readonly title: string; readonly better: 'less' | 'more' }
  readonly targets: readonly Target[]
  run(trial: Trial): Promise<Figures>
}

/** Without the stock clients' row: it says nothing more where bytes do not pass through a dialect. */
export const servers: readonly SystemId[] = [
  'tidemark',
  'y-websocket',
  'y-leveldb',
  'hocuspocus-3',
  'hocuspocus-4',
  'bare',
]
