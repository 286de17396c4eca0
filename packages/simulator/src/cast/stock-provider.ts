import { Awareness } from 'y-protocols/awareness'
import { WebsocketProvider } from 'y-websocket'
import type { Doc } from 'yjs'
import { type Page, within } from '../world/page.ts'
import type { WebSocketClass } from './stock-socket.ts'

export interface StockProviderDeps {
  readonly page: Page
  readonly WebSocket: WebSocketClass
  /** Virtual milliseconds. */
  readonly nowMs: () => number
  readonly url: string
  readonly document: string
  readonly token: string
  readonly doc: Doc
}

/**
 * The provider of the y-websocket package as it is, with the awareness of y-protocols, in a page of this world. Timers
 * and sockets are the page's; lib0, which they ask for the time, has bound the real clock when it was imported: so the
 * two places that compare times are given times that compare as those of the world do.
 */
export function createStockProvider(deps: StockProviderDeps): WebsocketProvider {
  const { page, WebSocket, nowMs, url, document, token, doc } = deps
  return within(page, () => {
    const awareness = new Awareness(doc)
    awareness.meta = new VirtualMeta(awareness, nowMs)
    const provider = new WebsocketProvider(url, document, doc, {
      awareness,
      params: { token },
      // Tabs that exchange updates beside the relay would do so over the real process.
      disableBc: true,
      WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
    })
    countSilence(provider, nowMs)
    process.off('exit', (provider as unknown as { _exitHandler: () => void })._exitHandler)
    return provider
  })
}

/** It leaves when it has received nothing for so long. */
const silenceMsMax = 30_000

function countSilence(provider: WebsocketProvider, nowMs: () => number): void {
  let lastMs = 0
  Object.defineProperty(provider, 'wsLastMessageReceived', {
    get: () => (nowMs() - lastMs > silenceMsMax ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY),
    set: () => {
      lastMs = nowMs()
    },
  })
}

type Meta = Awareness['meta'] extends Map<number, infer M> ? M : never

/** When each participant was renewed: the own one is renewed after half of the time after which others are dropped. */
class VirtualMeta extends Map<number, Meta> {
  readonly #awareness: Awareness
  readonly #nowMs: () => number

  constructor(awareness: Awareness, nowMs: () => number) {
    super()
    this.#awareness = awareness
    this.#nowMs = nowMs
    for (const [id, meta] of awareness.meta) this.set(id, meta)
  }

  override set(id: number, { clock }: Meta): this {
    const nowMs = this.#nowMs
    const atMs = nowMs()
    const outdatedMs = id === this.#awareness.clientID ? 15_000 : 30_000
    return super.set(id, {
      clock,
      get lastUpdated() {
        return nowMs() - atMs >= outdatedMs ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
      },
    })
  }
}
