import { sometimes } from '@tidemark/base/sometimes'
import type { NetworkConditions } from './conditions.ts'
import { createDirection, type Direction } from './direction.ts'
import type { Process } from './process.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { World } from './world.ts'

/** What one end of a connection hears. Never called after `closed`, nor in a dead process. */
export interface Listener {
  opened(): void
  received(frame: Uint8Array): void
  /** Some of what was sent has left. */
  drained(): void
  closed(code: number, reason: string): void
}

/** One end of a connection, as the process that holds it sees it. */
export interface End {
  send(frame: Uint8Array): void
  /** Bytes given to `send` that the kernel has not taken yet. */
  readonly bufferedBytes: number
  /** Orderly: the other end receives what was sent before. */
  close(code: number, reason: string): void
  /** At once: what is on its way is lost. */
  terminate(): void
  /** A control frame that the other machine answers by itself, whatever the process there does, if both ways carry it. */
  ping(answered: () => void): void
}

/** Accepts a connection: called with the relay's end, returns who listens to it. */
export type Accept = (end: End, path: string) => Listener

const abnormalClosure = 1006
/** A process that died has its sockets reset by the kernel; a machine that died tells nobody. */
export type Notice = 'reset' | 'silent'

const connectTimeoutMs = 20_000
/** As `ws` has it; browsers take as long, or longer. */
const closeTimeoutMs = 30_000

/**
 * Connections between processes. Frames are copied, arrive in order or not at all, and never in part: a connection cut
 * in the middle of a frame loses that frame and all behind it.
 */
export class Network {
  conditions: NetworkConditions
  /** Makes frames readable in a trace. */
  describe: (from: Side, frame: Uint8Array) => string = (_from, frame) => `${frame.length} bytes`
  readonly #world: World
  readonly #random: SeededRandom
  readonly #listening = new Map<string, { process: Process; accept: Accept }>()
  readonly #connections = new Set<Connection>()
  readonly #ordinals = new Map<string, number>()
  /** Hosts with a line of their own: a train, a cellar, another continent. */
  readonly #lines = new Map<string, NetworkConditions>()
  /** What keeps hosts from being reached, or from reaching anybody. */
  readonly #isolations = new Map<string, Set<Isolation>>()

  constructor(world: World, random: SeededRandom, conditions: NetworkConditions) {
    this.#world = world
    this.#random = random
    this.conditions = conditions
  }

  /** From now on this host has a line of its own. */
  setLine(host: string, conditions: NetworkConditions): void {
    this.#lines.set(host, conditions)
  }

  conditionsOf(host: string): NetworkConditions {
    return this.#lines.get(host) ?? this.conditions
  }

  listen(address: string, process: Process, accept: Accept): void {
    this.#listening.set(address, { process, accept })
  }

  unlisten(address: string): void {
    this.#listening.delete(address)
  }

  /** Dials; `listener.opened` or `listener.closed` follows. `host` is the machine that dials, for partitions. */
  connect(process: Process, host: string, address: string, path: string, listener: Listener): End {
    const random = this.#random.named(`${host} ${this.#nextOrdinal(host)}`)
    const connection = new Connection(this.#world, random, this, process, host, listener)
    this.#connections.add(connection)
    connection.onEnd = () => this.#connections.delete(connection)
    const ways = this.#isolationsOf(host)
    if (ways.some(({ way }) => way === 'both' || connection.isUnanswered()))
      connection.refuse(connectTimeoutMs)
    else connection.dial(() => this.#listening.get(address), path)
    for (const isolation of ways) connection.stallOnceOpen(isolation)
    return connection.clientEnd
  }

  /** Connections that are open now, in the order in which they were made. */
  connections(host?: string): readonly Connection[] {
    return [...this.#connections].filter((each) => host === undefined || each.host === host)
  }

  /** Whether this process holds a connection whose other end is gone, and has not heard of that. */
  hasGhost(client: Process): boolean {
    for (const each of this.#connections) if (each.isGhost && each.belongsTo(client)) return true
    return false
  }

  /**
   * Cuts a host off: nothing moves this way, nobody is told. Where only one way is cut, a dial may be answered by a box in
   * between, and then nothing follows. Returns what ends just this: what was under way arrives late, unless a connection
   * was given up meanwhile.
   */
  isolate(host: string, way: Way = 'both'): () => void {
    const isolation: Isolation = { way, releases: [] }
    const all = this.#isolations.get(host) ?? new Set()
    this.#isolations.set(host, all.add(isolation))
    this.#world.record(host, 'isolated', way)
    for (const each of this.connections(host)) isolation.releases.push(each.stall(way))
    return () => {
      if (!all.delete(isolation)) return
      this.#world.record(host, 'rejoined', way)
      for (const release of isolation.releases) release()
    }
  }

  #isolationsOf(host: string): readonly Isolation[] {
    return [...(this.#isolations.get(host) ?? [])]
  }

  /** What the death of a process means for those who talked with it. */
  processDied(process: Process, notice: Notice): void {
    for (const each of this.#connections) each.processDied(process, notice)
  }

  /** Each connection draws by its own name: what one carries does not move when another arrives. */
  #nextOrdinal(host: string): number {
    const ordinal = (this.#ordinals.get(host) ?? 0) + 1
    this.#ordinals.set(host, ordinal)
    return ordinal
  }

  /** Boxes on the way forget some of the connections that are held back: nothing will ever move there, nobody is told. */
  forgetSome(host: string): void {
    for (const each of this.connections(host)) each.perhapsForget()
  }

  /** Nothing holds back what goes to and from a host, and its line is as good as any. */
  heal(host: string): void {
    const line = this.#lines.get(host)
    if (line) this.setLine(host, { ...this.conditions, kernelBytes: line.kernelBytes })
    this.#isolations.get(host)?.clear()
    for (const each of this.connections(host)) each.flow()
  }
}

/** Which way of a host's traffic. */
export type Way = 'up' | 'down' | 'both'

interface Isolation {
  readonly way: Way
  /** What ends it for the connections that it holds. */
  readonly releases: (() => void)[]
}

export type Side = 'client' | 'relay'

/** One connection: two directions, each with its own delay, and two ends that learn of its end separately. */
export class Connection {
  readonly host: string
  readonly clientEnd: End
  onEnd: () => void = () => {}
  readonly #world: World
  readonly #random: SeededRandom
  readonly #network: Network
  readonly #up: Direction
  readonly #down: Direction
  readonly #processes: Record<Side, Process | null>
  readonly #listeners: Record<Side, Listener | null>
  /** The client has been told that it is there. */
  #isOpened = false
  readonly #told: Record<Side, boolean> = { client: false, relay: false }
  /** The client has closed it. */
  #isGivenUp = false
  /** A box on the way knows it no more. */
  #isForgotten = false
  /** One-way isolations of the host, which let the dial through. */
  #later: Isolation[] = []

  constructor(
    world: World,
    random: SeededRandom,
    network: Network,
    client: Process,
    host: string,
    listener: Listener,
  ) {
    this.#world = world
    this.#random = random
    this.#network = network
    this.host = host
    this.#processes = { client, relay: null }
    this.#listeners = { client: listener, relay: null }
    this.#up = this.#direction('client', 'relay')
    this.#down = this.#direction('relay', 'client')
    this.clientEnd = this.#end('client', this.#up)
  }

  dial(find: () => { process: Process; accept: Accept } | undefined, path: string): void {
    this.#up.signal(() => {
      const target = find()
      if (target === undefined) return this.#tell('client', abnormalClosure, 'refused')
      this.#processes.relay = target.process
      target.process.enter(() => {
        this.#listeners.relay = target.accept(this.#end('relay', this.#down), path)
        this.#down.signal(() =>
          this.#inside('client', (listener) => {
            this.#isOpened = true
            for (const isolation of this.#later.splice(0)) isolation.releases.push(this.stall(isolation.way))
            listener.opened()
          }),
        )
      })
    })
  }

  refuse(afterMs: number): void {
    this.#world.after(afterMs, () => this.#tell('client', abnormalClosure, 'timeout'))
  }

  /** Nothing moves in this direction; nobody is told. Returns what ends just this. */
  stall(which: Way): () => void {
    this.#world.record(this.host, 'stalled', which)
    const releases = [...(which === 'down' ? [] : [this.#up]), ...(which === 'up' ? [] : [this.#down])].map(
      (direction) => direction.stall(),
    )
    return () => {
      if (this.#isForgotten) return
      this.#world.record(this.host, 'flows', which)
      for (const release of releases) release()
    }
  }

  /** Whether a dial under a one-way isolation comes to nothing. */
  isUnanswered(): boolean {
    return this.#random.named('unanswered').chance(0.5)
  }

  /** This isolation holds it from the moment at which the client hears that it is there. */
  stallOnceOpen(isolation: Isolation): void {
    this.#later.push(isolation)
  }

  belongsTo(client: Process): boolean {
    return this.#processes.client === client
  }

  /** The relay's end is gone or cannot be reached, and the client has not heard of it, nor given it up. */
  get isGhost(): boolean {
    return (this.#told.relay || this.#isForgotten) && !this.#told.client && !this.#isGivenUp
  }

  perhapsForget(): void {
    if (!this.#up.isHeld && !this.#down.isHeld) return
    if (this.#isForgotten || !this.#random.named('forgotten').chance(0.25)) return
    this.#isForgotten = true
    sometimes('a connection is forgotten on the way')
    this.#world.record(this.host, 'forgotten')
    for (const direction of [this.#up, this.#down]) {
      direction.discard(0)
      direction.stall()
    }
    if (!this.#isOpened) this.refuse(connectTimeoutMs)
  }

  /** Ends all that holds it back. */
  flow(): void {
    this.#later = []
    if (this.#isForgotten) return
    this.#world.record(this.host, 'flows')
    this.#up.flow()
    this.#down.flow()
  }

  /** Breaks it at some byte: a part of what is under way still arrives, then both ends learn of it, each in its time. */
  cut(): void {
    this.#world.record(this.host, 'cut')
    this.#break('relay', this.#up)
    this.#break('client', this.#down)
  }

  /** Half-open: this side hears that it is gone, the other side hears nothing until `flow`. */
  breakFor(side: Side): void {
    this.#world.record(this.host, 'half-open', side)
    this.stall('both')
    this.#tell(side, abnormalClosure, 'half-open')
  }

  processDied(process: Process, notice: Notice): void {
    if (process === this.#processes.client) this.#lost('client', 'relay', notice)
    if (process === this.#processes.relay) this.#lost('relay', 'client', notice)
  }

  #lost(dead: Side, other: Side, notice: Notice): void {
    this.#told[dead] = true
    const towards = other === 'relay' ? this.#up : this.#down
    const away = other === 'relay' ? this.#down : this.#up
    away.discard(0)
    if (notice === 'reset') towards.end(() => this.#tell(other, abnormalClosure, 'reset'))
    else towards.discard(0)
    // A browser gives up a handshake that nobody answers; once it is open, nobody tells it.
    if (notice === 'silent' && dead === 'relay' && !this.#isOpened) this.refuse(connectTimeoutMs)
    this.#settle()
  }

  #break(receiver: Side, direction: Direction): void {
    direction.discard(this.#random.next())
    direction.end(() => this.#tell(receiver, abnormalClosure, 'cut'))
  }

  #end(side: Side, direction: Direction): End {
    const other: Side = side === 'client' ? 'relay' : 'client'
    return {
      send: (frame) => {
        if (!this.#told[side]) direction.send(frame)
      },
      get bufferedBytes(): number {
        return direction.bufferedBytes
      },
      close: (code, reason) => {
        if (this.#told[side]) return
        if (side === 'client') this.#isGivenUp = true
        direction.end(() => this.#tell(other, code, reason))
        // The closing handshake: this end hears `closed` too, when the other has answered or is given up. Until then
        // what was under way still arrives.
        const patienceMs = side === 'relay' || this.#isOpened ? closeTimeoutMs : 0
        this.#processes[side]?.after(patienceMs, 'close given up', () => this.#tell(side, code, reason))
      },
      terminate: () => {
        if (this.#told[side]) return
        direction.discard(this.#random.next())
        direction.end(() => this.#tell(other, abnormalClosure, 'reset'))
        this.#processes[side]?.after(0, 'terminated', () => this.#tell(side, abnormalClosure, 'terminated'))
      },
      ping: (answered) => {
        const back = side === 'client' ? this.#down : this.#up
        direction.signal(() => {
          if (!this.#told[other]) back.signal(() => this.#inside(side, answered))
        })
      },
    }
  }

  #direction(from: Side, to: Side): Direction {
    const client = this.#processes.client?.name ?? this.host
    const label = from === 'client' ? `${client} > relay` : `relay > ${client}`
    return createDirection(
      this.#world,
      this.#random.named(from),
      () => this.#network.conditionsOf(this.host),
      {
        received: (frame, taken) =>
          this.#processes[to]?.enter(() => {
            const listener = this.#listeners[to]
            if (listener !== null && !this.#told[to]) listener.received(frame)
            taken()
          }),
        drained: () => this.#inside(from, (listener) => listener.drained()),
        label,
        describe: (frame) => this.#network.describe(from, frame),
      },
    )
  }

  #tell(side: Side, code: number, reason: string): void {
    this.#inside(side, (listener) => {
      this.#told[side] = true
      listener.closed(code, reason)
      // The other end of a connection that is gone can only hear of its end: by an answer to its `close`, or a reset.
      const away = side === 'client' ? this.#up : this.#down
      const other: Side = side === 'client' ? 'relay' : 'client'
      away.end(() => this.#tell(other, code, code === abnormalClosure ? 'reset' : reason))
      this.#settle()
    })
  }

  #inside(side: Side, call: (listener: Listener) => void): void {
    this.#processes[side]?.enter(() => {
      const listener = this.#listeners[side]
      if (listener !== null && !this.#told[side]) call(listener)
    })
  }

  #settle(): void {
    if (this.#told.client && (this.#told.relay || this.#listeners.relay === null)) this.onEnd()
  }
}
