import { withSeededCrypto } from './world/seeded-crypto.ts'

// It must be loaded before anything below, which loads Yjs.

import { takeClaims } from '@tidemark/base/sometimes'
import { prowl } from './abuse/strangers.ts'
import type { Person } from './cast/person.ts'
import { createAcknowledged } from './checkers/acknowledged.ts'
import { createAnswered } from './checkers/answered.ts'
import { createBounded } from './checkers/bounded.ts'
import type { Checker, CreateChecker } from './checkers/checker.ts'
import { createCoherence } from './checkers/coherence.ts'
import { createCompactionInvisible } from './checkers/compaction-invisible.ts'
import { createConvergence } from './checkers/convergence.ts'
import { createCursorTruth } from './checkers/cursor-truth.ts'
import { createFaultTold } from './checkers/fault-told.ts'
import { createFinallySaved } from './checkers/finally-saved.ts'
import { createIdentity } from './checkers/identity.ts'
import { createIsolation } from './checkers/isolation.ts'
import { createKeptOnDevice } from './checkers/kept-on-device.ts'
import { createKeptWhenClosed } from './checkers/kept-when-closed.ts'
import { createPresenceIntegrity } from './checkers/presence-integrity.ts'
import { createProvenance } from './checkers/provenance.ts'
import { createRevocation } from './checkers/revocation.ts'
import { createRotIsNoticed } from './checkers/rot-is-noticed.ts'
import { createRotNeverServed } from './checkers/rot-never-served.ts'
import { createSeqDiscipline } from './checkers/seq-discipline.ts'
import { createStockClients } from './checkers/stock-clients.ts'
import { watchTails } from './checkers/tail-bounded.ts'
import { createToldClocks } from './checkers/told-clocks.ts'
import { createTruthfulStatus } from './checkers/truthful-status.ts'
import { createUnhinderedReaders } from './checkers/unhindered-readers.ts'
import { createWholeWhenTold } from './checkers/whole-when-told.ts'
import { type Configuration, describeConfiguration, drawConfiguration } from './configuration.ts'
import { sufferIncident } from './drill-incident.ts'
import { drill } from './drills.ts'
import { unleash } from './faults/fault.ts'
import { breakPeople, breakStock, healPeople, healRelay, healStock } from './heal.ts'
import { takeLastState } from './oracle/last-state.ts'
import { Violation } from './oracle/violation.ts'
import { live } from './people/behaviour.ts'
import { liveStock } from './people/stock-behaviour.ts'
import type { PlantedBug } from './planted/planted-bug.ts'
import { comeToRest, sayFarewell, workOn } from './rest.ts'
import { soak } from './soak.ts'
import { Stage } from './stage.ts'
import { leftOf, type Sources, sourcesOf } from './story/left.ts'
import { type Mask, nothingMasked } from './story/mask.ts'
import { type Happening, Story } from './story/story.ts'
import { outOfReach } from './world/forbidden.ts'
import { fromMacrotask } from './world/microtasks.ts'
import { noticeRejections } from './world/rejections.ts'
import { SeededRandom } from './world/seeded-random.ts'
import { formatLine, isIdle } from './world/timeline.ts'
import { Trace, type TraceLine } from './world/trace.ts'
import { World } from './world/world.ts'

export interface SimulationOptions {
  readonly bug?: PlantedBug
  /** What of the seed is left out. */
  readonly mask?: Mask
  /** Whether the lines that each happening wrote are wanted. */
  readonly readsStory?: boolean
  /** Is given every line of the trace as it happens. */
  readonly onLine?: (line: TraceLine) => void
}

export interface Outcome {
  readonly seed: number
  /** Equal for equal runs, and only for those. */
  readonly hash: string
  readonly steps: number
  readonly virtualMs: number
  readonly edits: number
  readonly counts: ReadonlyMap<string, number>
  /** All that can be left out by name, and what happened. */
  readonly sources: Sources
  readonly faultsMs: number
  readonly story: readonly Happening[]
  /** The claims of `sometimes` that came true, and how often; null when nobody counts. */
  readonly claims: ReadonlyMap<string, number> | null
  readonly failure: Failure | null
}

export interface Failure {
  /** The property that does not hold; `exception` when something threw. */
  readonly property: string
  readonly message: string
  readonly configuration: readonly string[]
  /** The last events. */
  readonly trace: readonly string[]
}

const checkers: readonly CreateChecker[] = [
  createTruthfulStatus,
  createKeptOnDevice,
  createKeptWhenClosed,
  createConvergence,
  createAcknowledged,
  createWholeWhenTold,
  createToldClocks,
  createFinallySaved,
  createAnswered,
  createIsolation,
  createRevocation,
  createStockClients,
  createCoherence,
  createPresenceIntegrity,
  createUnhinderedReaders,
  createSeqDiscipline,
  createCursorTruth,
  createCompactionInvisible,
  createRotIsNoticed,
  createRotNeverServed,
  createFaultTold,
  createProvenance,
  createIdentity,
  createBounded,
]

/**
 * Runs one seed: draws a world, lets people work in it under faults, heals it, and requires that it comes to rest with
 * everything where it belongs. Never rejects because of what it finds.
 */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Outcome> {
  const [{ outcome, explain }, unhandled] = await noticeRejections(() =>
    fromMacrotask(() => withSeededCrypto(seed, () => outOfReach(() => run(seed, options)))),
  )
  if (unhandled.length === 0 || outcome.failure !== null) return outcome
  return { ...outcome, failure: explain(failureOf(unhandled[0])) }
}

/** What a seed draws. */
export function configurationOf(seed: number): Configuration {
  return drawConfiguration(new SeededRandom(seed).fork('configuration'))
}

interface Run {
  readonly outcome: Outcome
  /** The failure with what one wants to know of the run. */
  readonly explain: (failure: FoundFailure) => Failure
}

type FoundFailure = Pick<Failure, 'property' | 'message'>

function run(
  seed: number,
  { bug, mask = nothingMasked, readsStory = false, onLine }: SimulationOptions,
): Run {
  const random = new SeededRandom(seed)
  const trace = new Trace(onLine === undefined ? {} : { onLine })
  const configuration = leftOf(drawConfiguration(random.fork('configuration')), mask)
  const world = new World(random.fork('world'), trace)
  // What is left of another run that ended early.
  takeClaims()
  const story = new Story(world, world.random.named('story'), mask, readsStory)
  const stage = new Stage(world, configuration, bug?.plant(random.fork('bug')) ?? {}, story)
  const failure = play(stage, configuration)
  const explain = (found: FoundFailure): Failure => ({
    ...found,
    configuration: describeConfiguration(configuration),
    trace: lastOf(trace),
  })
  takeLastState(stage)
  const outcome: Outcome = {
    seed,
    hash: trace.hash,
    steps: world.steps,
    virtualMs: world.nowMs,
    edits: stage.ledger.edits.length,
    counts: stage.counts,
    sources: sourcesOf(configuration, mask),
    faultsMs: configuration.faultsMs,
    story: story.happenings,
    claims: takeClaims(),
    failure: failure && explain(failure),
  }
  return { outcome, explain }
}

function lastOf(trace: Trace): readonly string[] {
  const lines = trace.tail().filter((line) => !isIdle(line))
  return lines.slice(-linesShownMax).map(formatLine)
}

const linesShownMax = 60

/** All phases. Null when all held. */
function play(stage: Stage, configuration: Configuration): FoundFailure | null {
  const { world } = stage
  const watching = checkers.map((create) => create(stage))
  const requireTails = watchTails(stage)
  try {
    stage.relay.start()
    for (const [index, person] of stage.people.entries()) {
      person.openTab()
      live(stage, person, (configuration.people[index] as Configuration['people'][number]).habits)
    }
    for (const [index, person] of stage.stock.entries()) {
      person.openTab()
      liveStock(stage, person, (configuration.stock[index] as Configuration['stock'][number]).habits)
    }
    for (const [index, stranger] of stage.strangers.entries())
      prowl(stage, stranger, configuration.strangers[index] as Configuration['strangers'][number])
    for (const drawn of configuration.faults) unleash(stage, drawn, world.random.named(drawn.name))
    world.afterStep = watchEach(watching)
    world.run(configuration.faultsMs)
    healCore(stage)
    if (stage.peopleAtRisk.length > 0) {
      const coreMs = world.nowMs
      rest(stage, stage.core, watching, coreMs)
      // Nobody can be required to be live there.
      if (stage.documents.some((document) => stage.isHalted(document))) stage.count('halted in the core')
      workOn(stage, stage.core, coreMs)
      soak(stage, stage.core, world.random.named('soak'))
    }
    healRest(stage)
    const healedMs = world.nowMs
    rest(stage, stage.people, watching, healedMs)
    drill(stage, world.random.named('drill'))
    const calmMs = sufferOneDay(stage, watching) ?? healedMs
    sayFarewell(stage, calmMs)
    rest(stage, stage.people, watching, world.nowMs)
    requireTails()
    return null
  } catch (error) {
    return failureOf(error)
  }
}

/** The relay and some people work again, the others do not: that must be enough for those who do. */
function healCore(stage: Stage): void {
  stage.enter('core')
  healRelay(stage)
  const outside = stage.peopleAtRisk
  breakPeople(stage, outside, stage.world.random.named('outside the core'))
  healPeople(stage, stage.core, stage.world.random.named('looks at a page'))
  const { stockAtRisk } = stage
  breakStock(stage, stockAtRisk, stage.world.random.named('stock outside the core'))
  healStock(
    stage,
    stage.stock.filter((person) => !stockAtRisk.includes(person)),
  )
}

function healRest(stage: Stage): void {
  const { peopleAtRisk, stockAtRisk } = stage
  stage.enter('healed')
  stage.owner.comeBack()
  healPeople(stage, peopleAtRisk, stage.world.random.named('looks at a page'))
  healStock(stage, stockAtRisk)
}

function rest(stage: Stage, people: readonly Person[], watching: readonly Checker[], healedMs: number): void {
  comeToRest(stage, people, healedMs)
  for (const checker of watching) checker.atRest?.(people)
}

/** When that was over; null: it did not happen. */
function sufferOneDay(stage: Stage, watching: readonly Checker[]): number | null {
  const random = stage.world.random.named('incident')
  if (!random.chance(incidentChance)) return null
  sufferIncident(stage, random)
  const overMs = stage.world.nowMs
  rest(stage, stage.people, watching, overMs)
  return overMs
}

/** It costs some hundred steps. */
const incidentChance = 0.25

function watchEach(watching: readonly Checker[]): () => void {
  const each = watching.filter((checker) => checker.afterStep !== undefined)
  return () => {
    for (const checker of each) checker.afterStep?.()
  }
}

function failureOf(error: unknown): FoundFailure {
  if (error instanceof Violation) return { property: error.property, message: error.message }
  return {
    property: 'exception',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }
}
