import type { End, Network } from '../world/network.ts'
import { type Page, within } from '../world/page.ts'
import type { Process } from '../world/process.ts'
import { relayAddress } from './relay-node.ts'

/** The parts of a browser's WebSocket that stock clients use. */
export type WebSocketClass = new (url: string) => object

/** A WebSocket class for the scripts of one page, over the world's network. */
export function createWebSocketClass(
  network: Network,
  process: Process,
  host: string,
  page: Page,
): WebSocketClass {
  return class SimulatedWebSocket {
    readonly OPEN = 1
    readyState = 0
    binaryType = 'blob'
    onopen: (() => void) | null = null
    onmessage: ((event: { data: ArrayBuffer }) => void) | null = null
    onclose: ((event: { code: number; reason: string }) => void) | null = null
    onerror: ((event: object) => void) | null = null
    readonly #end: End

    constructor(url: string) {
      const path = url.slice(url.indexOf('/', 'ws://'.length))
      process.after(handshakeMsMax, 'handshake given up', () => {
        if (this.readyState !== 0) return
        this.#end.terminate()
      })
      this.#end = network.connect(process, host, relayAddress, path, {
        opened: () => {
          this.readyState = 1
          within(page, () => this.onopen?.())
        },
        received: (frame) => within(page, () => this.onmessage?.({ data: frame.slice().buffer })),
        drained() {},
        closed: (code, reason) => {
          const wasOpening = this.readyState === 0
          this.readyState = 3
          within(page, () => {
            if (wasOpening) this.onerror?.({})
            this.onclose?.({ code, reason })
          })
        },
      })
    }

    send(data: Uint8Array): void {
      if (this.readyState === 1) this.#end.send(data)
    }

    close(): void {
      if (this.readyState > 1) return
      this.readyState = 2
      this.#end.close(1000, '')
    }
  }
}

/** Stock clients wait for the browser to give up a handshake that nobody answers. Browsers take minutes for that. */
const handshakeMsMax = 20_000
