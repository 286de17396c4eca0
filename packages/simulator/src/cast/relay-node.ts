import type { DocumentId, Principal } from '@tidemark/base'
import type { UpdateLog } from '@tidemark/log'
import {
  type Authorize,
  type ConnectionDialect,
  type ConnectionInput,
  createInlineReplayer,
  createRelay,
  type Dialect,
  type Relay,
  type RelayEvent,
  type RelayLimits,
  type RelayStats,
  type Socket,
} from '@tidemark/relay'
import type { LogDisk } from '../disk/log-disk.ts'
import { openLog } from '../disk/log-handle.ts'
import type { AccessTruth } from '../oracle/access-truth.ts'
import type { Border, Tap } from '../oracle/border.ts'
import { MachineClock } from '../world/machine-clock.ts'
import type { End, Listener, Network, Notice } from '../world/network.ts'
import { Process } from '../world/process.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { World } from '../world/world.ts'
import { createReplayerThread } from './replayer-thread.ts'

export interface RelayNodeDeps {
  readonly world: World
  readonly random: SeededRandom
  readonly network: Network
  readonly disk: LogDisk
  readonly limits: Partial<RelayLimits>
  /** How far the machine's clock is ahead at the beginning. */
  readonly clockSkewMs: number
  /** What a job of the replayer takes on average. */
  readonly replayMs: number
  /** What arrives within this time is handled in one turn: an event loop that has much to do. */
  readonly turnMsMax: number
  readonly authorize: Authorize
  /** Sees all that crosses the border of the relay's process. */
  readonly border: Border
  /** What the relay sees of its log and of its sockets. Planted bugs stand here. */
  readonly wrapLog: (log: UpdateLog, disk: LogDisk) => UpdateLog
  readonly wrapSocket: (socket: Socket, dialect: Dialect) => Socket
}

export const relayAddress = 'relay'

/** What the program allows itself. */
const drainMsMax = 20_000

/** A machine that runs the production relay, in one process after the other. */
export class RelayNode {
  readonly #deps: RelayNodeDeps
  readonly #listeners: ((event: RelayEvent) => void)[] = []
  readonly #readers: ((frame: Uint8Array) => void)[] = []
  readonly clock: MachineClock
  #process: Process
  #relay: Relay | null = null
  #starts = 0
  #isStopping = false
  /** Of the processes before this one. */
  #stoodStillMs = 0

  constructor(deps: RelayNodeDeps) {
    this.#deps = deps
    this.clock = new MachineClock(deps.world, 'relay', deps.clockSkewMs)
    this.#process = new Process(deps.world, 'relay')
    this.#process.kill()
  }

  /** What a job of its replayer takes on average. */
  get replayMs(): number {
    return this.#deps.replayMs
  }

  /** What arrives within this time is handled in one turn. */
  get turnMsMax(): number {
    return this.#deps.turnMsMax
  }

  get process(): Process {
    return this.#process
  }

  /** It was told to end, and has not yet. */
  get isStopping(): boolean {
    return this.#isStopping
  }

  /** What the running relay says of itself. */
  stats(): RelayStats | null {
    return this.#process.alive ? (this.#relay?.stats() ?? null) : null
  }

  /** Time as it passes for the relay: not while its process stands still. */
  get nowMs(): number {
    return this.#deps.world.nowMs - this.#stoodStillMs - this.#process.stoodStillMs
  }

  /** Hears whatever the relay tells its owner. */
  watch(listener: (event: RelayEvent) => void): void {
    this.#listeners.push(listener)
  }

  /** Sees every frame that leaves the relay. */
  readFrames(reader: (frame: Uint8Array) => void): void {
    this.#readers.push(reader)
  }

  /** The owner says that access may have changed. A relay that is not running asks everybody anew anyhow. */
  reauthorize(
    which: { readonly principal?: Principal; readonly document?: DocumentId },
    truth: AccessTruth,
  ): void {
    const { process } = this
    process.enter(() => {
      this.#deps.world.record('relay', 'reauthorize', which.principal ?? 'all')
      truth.told(which)
      this.#relay?.reauthorize(which)
    })
  }

  /** Starts a relay on what the disk holds; does nothing when one is running. */
  start(): void {
    if (this.#process.alive) return
    const { world, random, network, disk, limits, authorize, border, wrapLog } = this.#deps
    const own = random.fork(`relay ${this.#starts++}`)
    this.#stoodStillMs += this.#process.stoodStillMs
    this.#process = new Process(world, 'relay', () => own.between(0, this.#deps.turnMsMax), this.clock)
    world.record('relay', 'started')
    const relay = createRelay({
      log: border.log(wrapLog(openLog(disk, this.#process), disk)),
      replayer: createReplayerThread(
        createInlineReplayer(),
        this.#process,
        own.named('replayer'),
        this.#deps.replayMs,
      ),
      clock: this.#process.clock,
      random: own.next,
      randomBytes: own.bytes,
      authorize,
      limits,
      onEvent: (event) => {
        for (const listener of this.#listeners) listener(event)
      },
    })
    this.#relay = relay
    network.listen(relayAddress, this.#process, (end, path) => {
      const dialect = dialectOf(path)
      const listener = this.#accept(relay, end, dialect)
      if (dialect.dialect === 'y-websocket') this.#pingOn(relay, end, listener)
      return listener
    })
  }

  /**
   * SIGTERM: the relay finishes what it took, tells everybody when to come back, and ends, by force if that takes too long.
   * `stopped` is called unless something else ends it first.
   */
  stop(stopped: () => void): void {
    const { world } = this.#deps
    const process = this.#process
    if (!process.alive || this.#isStopping) return
    this.#isStopping = true
    const end = (): void => {
      if (!process.alive) return
      this.kill('reset')
      stopped()
    }
    world.after(drainMsMax, end)
    process.enter(() => {
      world.record('relay', 'stops')
      void this.#relay?.close().then(() => world.after(0, end))
    })
  }

  kill(notice: Notice): void {
    if (!this.#process.alive) return
    this.#isStopping = false
    const { network, disk } = this.#deps
    this.#process.kill()
    network.unlisten(relayAddress)
    network.processDied(this.#process, notice)
    disk.crash()
  }

  #accept(relay: Relay, end: End, dialect: ConnectionDialect): Accepted {
    const { border, wrapSocket } = this.#deps
    const bufferedBytes = (): number => end.bufferedBytes
    const tap =
      dialect.dialect === 'native'
        ? border.native(bufferedBytes)
        : border.stock(dialect.document, dialect.token, bufferedBytes)
    const request = { address: '127.0.0.1', headers: {} }
    const socket = wrapSocket(tapped(end, tap, this.#readers), dialect.dialect)
    const input: ConnectionInput = relay.accept(socket, dialect, request)
    const accepted: Accepted = {
      isClosed: false,
      opened() {},
      received(frame) {
        tap.received(frame)
        input.received(frame)
      },
      drained: () => input.drained(),
      heard: () => input.heard(),
      closed() {
        accepted.isClosed = true
        tap.ended()
        input.closed()
      },
    }
    return accepted
  }

  /** As the edge does with stock clients, which may be silent for ever: their machines answer. */
  #pingOn(relay: Relay, end: End, listener: Accepted): void {
    this.#process.after(relay.limits.idleMsMax / pingsPerLimit, 'pings', () => {
      if (listener.isClosed) return
      end.ping(() => listener.heard())
      this.#pingOn(relay, end, listener)
    })
  }
}

interface Accepted extends Listener {
  isClosed: boolean
  heard(): void
}

const pingsPerLimit = 3

/** Stock clients name their document in the path, below `/y`; what they show comes with it. */
function dialectOf(path: string): ConnectionDialect {
  if (!path.startsWith(stockPath)) return { dialect: 'native' }
  const [document = '', query] = path.slice(stockPath.length).split('?')
  return { dialect: 'y-websocket', document, token: new URLSearchParams(query).get('token') ?? '' }
}

const stockPath = '/y/'

function tapped(end: End, tap: Tap, readers: readonly ((frame: Uint8Array) => void)[]): Socket {
  return {
    get bufferedBytes() {
      return end.bufferedBytes
    },
    send(frame) {
      tap.sent(frame)
      for (const reader of readers) reader(frame)
      end.send(frame)
    },
    close(code, reason) {
      tap.ended()
      end.close(code, reason)
    },
    terminate() {
      tap.ended()
      end.terminate()
    },
  }
}
