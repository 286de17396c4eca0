import { createMemoryStore } from '@tidemark/client'
import {
  type Checker,
  createAcknowledged,
  createConvergence,
  createFinallySaved,
  createKeptOnDevice,
  createTruthfulStatus,
  type Edit,
  type Facts,
  Ledger,
  type SeededRandom,
  Violation,
} from '@tidemark/simulator/oracle'
import { Line } from '../harness/line/line.ts'
import { Device } from './cast/device.ts'
import type { Person } from './cast/person.ts'
import { SdkPerson } from './cast/sdk-person.ts'
import { StockPerson } from './cast/stock-person.ts'
import type { Disk } from './disks/disk.ts'
import type { CastMember } from './plan.ts'
import type { RelayHost } from './relay-host.ts'
import type { RelayLine } from './relay-lines.ts'
import { StoredFacts } from './stored-facts.ts'
import { Tally } from './tally.ts'

export interface StageDeps {
  readonly relay: RelayHost
  readonly disk: Disk
  readonly documents: readonly string[]
  readonly random: SeededRandom
  /** Says that the run is over, by whatever. */
  readonly over: AbortController
}

/** Everything that takes part in a run, for those who act on it and those who judge it. */
export class Stage implements Facts {
  readonly relay: RelayHost
  readonly disk: Disk
  readonly documents: readonly string[]
  readonly random: SeededRandom
  readonly signal: AbortSignal
  readonly ledger: Ledger = new Ledger()
  readonly log: StoredFacts = new StoredFacts()
  readonly tally: Tally = new Tally()
  readonly people: Person[] = []
  readonly phase = 'healed'
  readonly world = { steps: 0 }
  readonly counts: Map<string, number> = new Map()
  readonly violations: Violation[] = []
  readonly #over: AbortController
  readonly #guests: Person[] = []
  #invited = 0
  readonly #watching: readonly Checker[]
  readonly #judging: readonly Checker[]

  constructor({ relay, disk, documents, random, over }: StageDeps) {
    this.relay = relay
    this.disk = disk
    this.documents = documents
    this.random = random
    this.#over = over
    this.signal = over.signal
    this.#watching = [createTruthfulStatus(this), createKeptOnDevice(this)]
    this.#judging = [createConvergence(this), createAcknowledged(this), createFinallySaved(this)]
  }

  /** Somebody at a device, without a tab yet. */
  async join({ name, kind, documents }: CastMember, device: Device): Promise<Person> {
    const { ledger } = this
    const line = await Line.open(this.relay.port)
    const random = this.random.fork(name)
    const person =
      kind === 'stock'
        ? new StockPerson({ name, line, documents, ledger, random })
        : new SdkPerson({ name, device, line, documents, ledger, random, look: () => this.look() })
    this.people.push(person)
    return person
  }

  /** Somebody new, who holds nothing and opens everything, until the guests are dismissed: a cold load. */
  async invite(): Promise<Person> {
    const name = `guest${++this.#invited}`
    const device = new Device(name, createMemoryStore(), (error) => this.fail(error))
    const { documents } = this
    const person = await this.join(
      { name, kind: 'sdk', device: name, store: 'memory', actMs: 0, documents },
      device,
    )
    this.#guests.push(person)
    await person.openTab()
    return person
  }

  async dismissGuests(): Promise<void> {
    for (const guest of this.#guests.splice(0)) await this.dismiss(guest)
  }

  /** Somebody goes for good. */
  async dismiss(person: Person): Promise<void> {
    this.people.splice(this.people.indexOf(person), 1)
    await person.close()
    await person.line.close()
  }

  /** Counts that something happened: what never happens proves nothing. */
  count(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times)
  }

  /** A property does not hold: the run is over. */
  fail(error: unknown): void {
    this.violations.push(error instanceof Violation ? error : new Violation('exception', textOf(error)))
    this.#over.abort()
  }

  /** S2: only an older copy of the database can prove a loss. Faults are expected to be told of; bugs are not. */
  heard({ event, document }: RelayLine): void {
    if (unexpected.has(event)) this.fail(new Violation('exception', `the relay told of ${event}`))
    if (event !== 'loss-proven') return
    if (this.log.wasRestored) this.count('loss proven, and given back')
    else this.fail(new Violation('S2', `the log of ${document} lost what it had acknowledged`))
  }

  /** A status has changed somewhere: promises are entered into the ledger, and are looked at. */
  look(): void {
    for (const checker of this.#watching) this.#ask(() => checker.afterStep?.())
  }

  /** Everybody is at rest, and the log has been read. */
  judge(): void {
    for (const checker of this.#judging) this.#ask(() => checker.atRest?.(this.people))
    // What a device still has and the log has not, createAcknowledged has found.
    const isLost = (edit: Edit): boolean => this.log.wasRestored && !this.log.has(edit)
    for (const person of this.people) this.#ask(() => this.tally.requireWhole(person, isLost))
  }

  #ask(run: () => void): void {
    if (this.signal.aborted) return
    try {
      run()
    } catch (error) {
      this.fail(error)
    }
  }
}

/** What no fault of ours may lead to. */
const unexpected: ReadonlySet<string> = new Set([
  'uncaughtException',
  'unhandledRejection',
  'drain-timed-out',
  'divergence-found',
])

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
