import type { Lineage } from '@tidemark/base'
import { LogStore } from '@tidemark/log'
import { type RelayLimits, relayLimitsDefault } from '@tidemark/relay'
import { attack, harmedDocument, type StrangerConfiguration } from './abuse/strangers.ts'
import { AccessService } from './cast/access-service.ts'
import { AccessTable } from './cast/access-table.ts'
import { createDevice, type Device } from './cast/device.ts'
import { Owner } from './cast/owner.ts'
import { Person } from './cast/person.ts'
import { RelayNode } from './cast/relay-node.ts'
import { StockPerson } from './cast/stock-person.ts'
import { Stranger } from './cast/stranger.ts'
import { Tab } from './cast/tab.ts'
import type { Configuration } from './configuration.ts'
import { describeFrame } from './describe-frame.ts'
import { LogDisk } from './disk/log-disk.ts'
import { AccessTruth } from './oracle/access-truth.ts'
import { Border } from './oracle/border.ts'
import { type Edit, Ledger } from './oracle/ledger.ts'
import { LockedOut } from './oracle/locked-out.ts'
import { LogTruth } from './oracle/log-truth.ts'
import { mayOpen } from './oracle/may-open.ts'
import { Meter } from './oracle/meter.ts'
import { Pushes } from './oracle/pushes.ts'
import { TabNews } from './oracle/tab-news.ts'
import type { Planted } from './planted/planted-bug.ts'
import type { Phase, Scene } from './scene.ts'
import type { Story } from './story/story.ts'
import { Network } from './world/network.ts'
import type { SeededRandom } from './world/seeded-random.ts'
import type { Trace } from './world/trace.ts'
import type { World } from './world/world.ts'

/** Puts everything in its place for one seed. Nothing has happened yet. */
export class Stage implements Scene {
  readonly world: World
  readonly network: Network
  readonly disk: LogDisk
  readonly relay: RelayNode
  readonly owner: Owner
  readonly ledger: Ledger
  readonly log: LogTruth
  readonly lockedOut: LockedOut
  readonly pushes: Pushes
  readonly access: AccessTable
  readonly accessService: AccessService
  readonly accessTruth: AccessTruth
  readonly border: Border
  readonly news: TabNews
  readonly relayLimits: RelayLimits
  readonly documents: readonly string[]
  readonly people: Person[]
  readonly stock: readonly StockPerson[]
  readonly strangers: readonly Stranger[]
  readonly story: Story
  readonly counts: Map<string, number> = new Map()
  readonly #configuration: Configuration
  readonly #planted: Planted
  readonly #random: SeededRandom
  readonly #devices = new Map<string, Device>()
  #phase: Phase = 'faults'

  constructor(world: World, configuration: Configuration, planted: Planted, story: Story) {
    const { random } = world
    this.world = world
    this.#configuration = configuration
    this.#planted = planted
    this.#random = random
    this.story = story
    this.documents = configuration.documents
    this.access = new AccessTable(configuration.documents)
    for (const { device, document, right } of configuration.rights)
      this.access.decide(device, document, right)
    this.news = new TabNews((error) => world.fail(error))
    this.border = new Border((error) => world.fail(error))
    this.pushes = new Pushes(this.border)
    this.accessService = new AccessService(world, random.named('access service'), this.access)
    this.relayLimits = { ...relayLimitsDefault, ...configuration.limits }
    this.accessTruth = new AccessTruth(this.access, this.relayLimits, () => this.relay.nowMs)
    this.network = new Network(world, random.fork('network'), configuration.network)
    for (const [host, line] of Object.entries(configuration.lines)) this.network.setLine(host, line)
    this.network.describe = describeFrame
    this.ledger = new Ledger()
    this.log = new LogTruth(
      this.ledger,
      (document) => document === harmedDocument,
      (edit, lineage) => this.#remembers(edit, lineage),
    )
    const empty = new LogStore(random.bytes(secretBytes))
    this.disk = new LogDisk(world, random.fork('disk'), configuration.disk, empty, this.log)
    this.relay = this.#createRelay()
    const { log, relay, border } = this
    this.lockedOut = new LockedOut({ world, log, relay, border, limits: this.relayLimits })
    this.owner = this.#createOwner()
    this.people = configuration.people.map(({ name, device, documents }) =>
      this.#join(name, device, documents),
    )
    this.stock = configuration.stock.map(({ name, host, documents }) =>
      this.#joinStock(name, host, documents),
    )
    this.strangers = configuration.strangers.map((drawn) => this.#admit(drawn))
    const ofPeople = new Set<number>()
    this.news.listen({ created: (_place, clientId) => void ofPeople.add(clientId) })
    this.border.listen({
      receivedStock: ({ principal }, _document, message) => {
        if (message.type !== 'awareness') return
        const ids = message.entries.map(({ id }) => id)
        // Whom it says these are the relay must not believe.
        const own = ids.filter((id) => !ofPeople.has(id))
        this.strangers.find(({ name }) => name === principal)?.announced(own)
      },
    })
  }

  get phase(): Phase {
    return this.#phase
  }

  enter(phase: Phase): void {
    this.#phase = phase
  }

  get core(): readonly Person[] {
    const { core } = this.#configuration
    return this.people.filter(({ device }) => core.includes(device.name))
  }

  get peopleAtRisk(): readonly Person[] {
    switch (this.#phase) {
      case 'faults':
        return this.people
      case 'core': {
        const { core } = this
        return this.people.filter((person) => !core.includes(person))
      }
      case 'healed':
        return []
    }
  }

  /** Nobody is broken when no device is. */
  get stockAtRisk(): readonly StockPerson[] {
    if (this.#phase === 'faults') return this.stock
    if (this.peopleAtRisk.length === 0) return []
    return this.stock.filter((_, index) => this.#configuration.stock[index]?.isCore === false)
  }

  get devices(): Iterable<Device> {
    return this.#devices.values()
  }

  isHalted(document: string): boolean {
    return this.owner.isHalted(document)
  }

  get limits(): Configuration['limits'] {
    return this.#configuration.limits
  }

  get trace(): Trace {
    return this.world.trace
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }

  provoke(): void {
    for (const [index, stranger] of this.strangers.entries()) {
      const drawn = this.#configuration.strangers[index]
      if (drawn !== undefined) attack(this, stranger, drawn)
    }
  }

  invite(): Person {
    const newcomer = this.#join('newcomer', 'new-device', this.documents)
    this.people.push(newcomer)
    return newcomer
  }

  /**
   * A tab that is killed before it could store what it was told leaves a device that knows only of the edit; and as long as
   * the storage takes nothing, other tabs of the device know no more than that.
   */
  #remembers({ device, document, tab }: Edit, lineage: Lineage): boolean {
    const holder = this.#devices.get(device)
    if (holder === undefined || holder.truth.knewOther(document, lineage)) return true
    const tabs = this.people.filter((person) => person.device === holder && person.tab !== null)
    return tabs.length === 1 && tabs[0]?.tab?.process.name === tab
  }

  clone(): readonly [Tab, Tab] {
    const random = this.#random.named('clones')
    const clonedClientId = random.word()
    return [this.#boot('clone.1', random, clonedClientId), this.#boot('clone.2', random, clonedClientId)]
  }

  /** A page on a machine of its own, of which the checkers know nothing. */
  #boot(name: string, random: SeededRandom, clonedClientId: number): Tab {
    const { world, network, ledger, news, log } = this
    const own = random.named(name)
    this.access.admit('clone')
    const device = createDevice(world, own, 'clone', this.#configuration, (after, through) =>
      log.entriesBetween(after, through),
    )
    const wrapStore = this.#planted.wrapStore ?? ((store) => store)
    const page = { world, random: own.named('page'), network, device, ledger, name, wrapStore, news }
    return new Tab({ ...page, triesAgain: () => true, clonedClientId })
  }

  #createRelay(): RelayNode {
    const { world, network, disk, relayLimits } = this
    const meter = new Meter(world, relayLimits)
    const { wrapLog = (log) => log, wrapSocket = (socket) => socket } = this.#planted
    return new RelayNode({
      world,
      random: this.#random.fork('relay'),
      network,
      disk,
      limits: relayLimits,
      clockSkewMs: this.#configuration.skews.relay ?? 0,
      replayMs: this.#configuration.replayMs,
      turnMsMax: this.#configuration.turnMsMax,
      authorize: this.accessService.authorize,
      border: this.border,
      wrapLog: (log) => wrapLog(meter.log(log), disk),
      // What a stock client asked for leaves in one piece, and may be larger than what else may pile up.
      wrapSocket: (socket, dialect) => wrapSocket(dialect === 'native' ? meter.socket(socket) : socket),
    })
  }

  #createOwner(): Owner {
    const { world, relay, disk } = this
    relay.watch(({ type }) => {
      this.count(`relay ${type}`)
      world.record('relay', type)
    })
    const random = this.#random.named('owner')
    const count = (what: string): void => this.count(what)
    return new Owner({ world, random, relay, disk, habits: this.#configuration.owner, count })
  }

  #join(name: string, deviceName: string, documents: readonly string[]): Person {
    const { world, network, ledger, news } = this
    const random = this.#random.named(name)
    const device = this.#devices.get(deviceName) ?? this.#createDevice(deviceName)
    const wrapStore = this.#planted.wrapStore ?? ((store) => store)
    return new Person({
      world,
      random,
      network,
      ledger,
      device,
      name,
      documents,
      wrapStore,
      triesAgain: this.#triesAgain(deviceName, random),
      news,
    })
  }

  /**
   * Whoever was refused tries again when there is a reason to believe in it; under faults also without one, which takes all
   * other documents of the page from the relay for a while.
   */
  #triesAgain(principal: string, random: SeededRandom): (document: string) => boolean {
    const own = random.named('tries again')
    return (document) =>
      mayOpen(this, principal, document) || (this.phase === 'faults' && own.chance(tryInVainChance))
  }

  #joinStock(name: string, host: string, documents: readonly string[]): StockPerson {
    const { world, network, ledger, news } = this
    const random = this.#random.named(name)
    const triesAgain = this.#triesAgain(host, random)
    this.access.admit(host)
    return new StockPerson(name, { world, random, network, ledger, host, documents, triesAgain, news })
  }

  #admit({ name, kind, documents }: StrangerConfiguration): Stranger {
    const { world, network, access } = this
    const granted = { outsider: null, reader: 'read', insider: 'write', vandal: 'write' } as const
    for (const document of documents) access.decide(name, document, granted[kind])
    const random = this.#random.named(name)
    const { updateBytesMax } = this.relayLimits
    const count = (what: string): void => this.count(what)
    return new Stranger({ world, network, random, name, kind, documents, updateBytesMax, count })
  }

  #createDevice(name: string): Device {
    const { world, log } = this
    const device = createDevice(
      world,
      this.#random.named(name),
      name,
      this.#configuration,
      (after, through) => log.entriesBetween(after, through),
    )
    this.access.admit(name)
    this.#devices.set(name, device)
    return device
  }
}

/** Of a log store: by it a log knows the checks that it issued. */
const secretBytes = 32

const tryInVainChance = 0.1
