import type { ReplicaStore } from '@tidemark/client'
import { LogStore } from '@tidemark/log'
import { createDevice, type Device } from './cast/device.ts'
import { Person } from './cast/person.ts'
import { RelayNode } from './cast/relay-node.ts'
import { createAcknowledged } from './checkers/acknowledged.ts'
import type { Checker, CreateChecker } from './checkers/checker.ts'
import { createConvergence } from './checkers/convergence.ts'
import { createFinallySaved } from './checkers/finally-saved.ts'
import { createKeptOnDevice } from './checkers/kept-on-device.ts'
import { createTruthfulStatus } from './checkers/truthful-status.ts'
import { type Configuration, describeConfiguration, drawConfiguration } from './configuration.ts'
import { describeFrame } from './describe-frame.ts'
import { LogDisk } from './disk/log-disk.ts'
import { unleash } from './faults/fault.ts'
import { Ledger } from './oracle/ledger.ts'
import { LogTruth } from './oracle/log-truth.ts'
import type { EntriesBetween } from './oracle/store-truth.ts'
import { Violation } from './oracle/violation.ts'
import { live } from './people/behaviour.ts'
import type { Planted, PlantedBug } from './planted/planted-bug.ts'
import { comeToRest, heal } from './rest.ts'
import type { Scene } from './scene.ts'
import { outOfReach } from './world/forbidden.ts'
import { fromMacrotask } from './world/microtasks.ts'
import { Network } from './world/network.ts'
import { SeededRandom } from './world/seeded-random.ts'
import { Trace } from './world/trace.ts'
import { World } from './world/world.ts'

export interface SimulationOptions {
  readonly bug?: PlantedBug
  /** Is given every line of the trace as it happens. */
  readonly print?: (line: string) => void
}

export interface Outcome {
  readonly seed: number
  /** Equal for equal runs, and only for those. */
  readonly hash: string
  readonly steps: number
  readonly virtualMs: number
  readonly edits: number
  readonly counts: ReadonlyMap<string, number>
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
  createConvergence,
  createAcknowledged,
  createFinallySaved,
]

/**
 * Runs one seed: draws a world, lets people work in it under faults, heals it, and requires that it comes to rest with
 * everything where it belongs. Never rejects because of what it finds.
 */
export function simulate(seed: number, options: SimulationOptions = {}): Promise<Outcome> {
  return fromMacrotask(() => outOfReach(() => run(seed, options)))
}

function run(seed: number, { bug, print }: SimulationOptions): Outcome {
  const random = new SeededRandom(seed)
  const trace = new Trace(print === undefined ? {} : { print })
  const configuration = drawConfiguration(random.fork('configuration'))
  const world = new World(random.fork('world'), trace)
  const counts = new Map<string, number>()
  const stage = createStage(world, configuration, bug?.plant(random.fork('bug')) ?? {}, counts)
  const failure = play(world, stage, configuration)
  return {
    seed,
    hash: trace.hash,
    steps: world.steps,
    virtualMs: world.nowMs,
    edits: stage.scene.ledger.edits.length,
    counts,
    failure: failure && {
      ...failure,
      configuration: describeConfiguration(configuration),
      trace: trace.tail(),
    },
  }
}

interface Stage {
  readonly scene: Scene
  healed(): void
}

function play(
  world: World,
  { scene, healed }: Stage,
  configuration: Configuration,
): { property: string; message: string } | null {
  const watching = checkers.map((create) => create(scene))
  try {
    scene.relay.start()
    for (const [index, person] of scene.people.entries()) {
      person.openTab()
      live(scene, person, (configuration.people[index] as Configuration['people'][number]).habits)
    }
    for (const { name, fault } of configuration.faults) unleash(scene, name, fault, world.random.fork(name))
    world.afterStep = watchEach(watching)
    world.run(configuration.faultsMs)
    healed()
    heal(scene)
    comeToRest(scene)
    for (const checker of watching) checker.atRest?.()
    return null
  } catch (error) {
    return failureOf(error)
  }
}

function watchEach(watching: readonly Checker[]): () => void {
  const each = watching.filter((checker) => checker.afterStep !== undefined)
  return () => {
    for (const checker of each) checker.afterStep?.()
  }
}

function failureOf(error: unknown): { property: string; message: string } {
  if (error instanceof Violation) return { property: error.property, message: error.message }
  return {
    property: 'exception',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }
}

function createStage(
  world: World,
  configuration: Configuration,
  planted: Planted,
  counts: Map<string, number>,
): Stage {
  const { random } = world
  const network = new Network(world, random.fork('network'), configuration.network)
  network.describe = describeFrame
  const ledger = new Ledger()
  const log = new LogTruth(ledger, () => disk.durable)
  const disk = new LogDisk(
    world,
    random.fork('disk'),
    configuration.disk,
    new LogStore(random.bytes(32)),
    log,
  )
  const relay = new RelayNode({
    world,
    random: random.fork('relay'),
    network,
    disk,
    limits: configuration.limits,
    wrapLog: planted.wrapLog ?? ((each) => each),
    wrapSocket: planted.wrapSocket ?? ((each) => each),
    onEvent: (event) => {
      count(`relay ${event.type}`)
      world.record('relay', event.type)
    },
  })
  const devices = new Map<string, Device>()
  function createDeviceOf(name: string, own: SeededRandom): Device {
    const between: EntriesBetween = (after, through) => log.entriesBetween(after, through)
    return createDevice(world, own.fork('device'), name, configuration.store, between)
  }
  const people = configuration.people.map(({ name, device, documents }) => join(name, device, documents))
  function join(name: string, device: string, documents: readonly string[]): Person {
    const own = random.fork(name)
    const at = devices.get(device) ?? createDeviceOf(device, own)
    devices.set(device, at)
    const wrapStore = planted.wrapStore ?? ((each: ReplicaStore) => each)
    return new Person({ world, random: own, network, ledger, device: at, name, documents, wrapStore })
  }
  let phase: Scene['phase'] = 'faults'
  function count(what: string): void {
    counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  const scene: Scene = {
    world,
    network,
    disk,
    relay,
    people,
    ledger,
    log,
    documents: configuration.documents,
    get phase() {
      return phase
    },
    count,
    invite() {
      const newcomer = join('newcomer', 'new-device', configuration.documents)
      people.push(newcomer)
      return newcomer
    },
  }
  return {
    scene,
    healed: () => {
      phase = 'healed'
    },
  }
}
