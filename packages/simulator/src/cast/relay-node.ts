import type { UpdateLog } from '@tidemark/log'
import {
  type Authorize,
  type ConnectionInput,
  createInlineReplayer,
  createRelay,
  type Relay,
  type RelayEvent,
  type RelayLimits,
  type Socket,
} from '@tidemark/relay'
import type { LogDisk } from '../disk/log-disk.ts'
import type { End, Listener, Network, Notice } from '../world/network.ts'
import { Process } from '../world/process.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { World } from '../world/world.ts'

export interface RelayNodeDeps {
  readonly world: World
  readonly random: SeededRandom
  readonly network: Network
  readonly disk: LogDisk
  readonly limits: Partial<RelayLimits>
  readonly authorize: Authorize
  /** What the relay sees of its log and of its sockets. Planted bugs stand here. */
  readonly wrapLog: (log: UpdateLog, disk: LogDisk) => UpdateLog
  readonly wrapSocket: (socket: Socket) => Socket
  readonly onEvent: (event: RelayEvent) => void
}

export const relayAddress = 'relay'

/** A machine that runs the production relay, in one process after the other. */
export class RelayNode {
  readonly #deps: RelayNodeDeps
  #process: Process
  #starts = 0

  constructor(deps: RelayNodeDeps) {
    this.#deps = deps
    this.#process = new Process(deps.world, 'relay')
    this.#process.kill()
  }

  get process(): Process {
    return this.#process
  }

  /** Starts a relay on what the disk holds; does nothing when one is running. */
  start(): void {
    if (this.#process.alive) return
    const { world, random, network, disk, limits, authorize, wrapLog, onEvent } = this.#deps
    const own = random.fork(`relay ${this.#starts++}`)
    this.#process = new Process(world, 'relay', () => own.between(0, turnMsMax))
    world.record('relay', 'started')
    const relay = createRelay({
      log: wrapLog(disk.open(this.#process), disk),
      replayer: createInlineReplayer(),
      clock: this.#process.clock,
      random: own.next,
      randomBytes: own.bytes,
      authorize,
      limits,
      onEvent,
    })
    network.listen(relayAddress, this.#process, (end) => this.#accept(relay, end))
  }

  kill(notice: Notice): void {
    if (!this.#process.alive) return
    const { network, disk } = this.#deps
    this.#process.kill()
    network.unlisten(relayAddress)
    network.processDied(this.#process, notice)
    disk.crash()
  }

  #accept(relay: Relay, end: End): Listener {
    const request = { address: '127.0.0.1', headers: {} }
    const input: ConnectionInput = relay.accept(this.#deps.wrapSocket(end), { dialect: 'native' }, request)
    return {
      opened() {},
      received: (frame) => input.received(frame),
      drained: () => input.drained(),
      closed: () => input.closed(),
    }
  }
}

/** What arrives within so short a time is handled in one turn, as by a busy event loop. */
const turnMsMax = 0.5
