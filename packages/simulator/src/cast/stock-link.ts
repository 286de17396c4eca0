import type { DocumentId } from '@tidemark/base'
import { concat, numbers } from '@tidemark/updates/testing'
import { readStockFrame, type StockMessage } from '../oracle/stock-frame.ts'
import type { Network } from '../world/network.ts'
import type { Process } from '../world/process.ts'
import { relayAddress } from './relay-node.ts'

export interface StockLinkDeps {
  readonly network: Network
  readonly process: Process
  readonly host: string
  readonly document: DocumentId
  /** As which the relay closed it; empty: it gave no reason. */
  readonly closed: (reason: string) => void
}

/** One connection of somebody who speaks the y-websocket dialect byte by byte, and keeps to none of its rules. */
export class StockLink {
  readonly document: DocumentId
  /** Participants that the relay has shown. */
  readonly shown: Set<number> = new Set()
  readonly #deps: StockLinkDeps
  readonly #end: ReturnType<Network['connect']>
  #isOpen = true

  constructor(deps: StockLinkDeps) {
    this.#deps = deps
    const { network, process, host, document } = deps
    this.document = document
    this.#end = network.connect(process, host, relayAddress, `/y/${document}?token=${host}`, {
      opened() {},
      drained() {},
      received: (frame) => this.#learn(readStockFrame(frame)),
      closed: (_code, reason) => {
        this.#isOpen = false
        deps.closed(reason)
      },
    })
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Any bytes, as one frame. */
  send(frame: Uint8Array): void {
    if (this.#isOpen) this.#end.send(frame)
  }

  /** Reads nothing more: what the relay sends piles up at its end. */
  deafen(): void {
    this.#deps.network.connections(this.#deps.host).at(-1)?.stall('down')
  }

  /** As when a cable is pulled. */
  cut(): void {
    this.#end.terminate()
  }

  #learn(message: StockMessage): void {
    if (message.type === 'awareness') for (const { id } of message.entries) this.shown.add(id)
  }
}

/** As y-protocols writes it: one message of a frame, of which there may be several. */
export function syncMessage(type: 'step1' | 'step2' | 'update', bytes: Uint8Array): Uint8Array {
  return concat(numbers(0, ['step1', 'step2', 'update'].indexOf(type), bytes.length), bytes)
}

export function awarenessMessage(
  entries: readonly { id: number; clock: number; state: Uint8Array }[],
): Uint8Array {
  const parts = entries.map(({ id, clock, state }) => concat(numbers(id, clock, state.length), state))
  const body = concat(numbers(entries.length), ...parts)
  return concat(numbers(1, body.length), body)
}

export const queryMessage: Uint8Array = Uint8Array.of(3)
