import { inflateRawSync } from 'node:zlib'
import * as Y from 'yjs'
import type { Dialect, Holding, Session } from '../dialects/dialect.ts'
import { until } from '../measure/waiting.ts'
import { createContentCache, Progress } from '../workload/progress.ts'
import type { Typing } from '../workload/typing.ts'

/** Somebody who opens a document and wants all of it. */
export interface Joiner {
  readonly session: Session
  /** Since before the connection was made. */
  readonly tookMs: number
  /** Both directions, beyond the WebSocket handshake. */
  readonly bytes: number
  /** How many updates of `typing` it has, without a gap, whatever form they came in. Not for one that wanted bytes. */
  has(typing: Typing): number
}

export interface JoinerOptions {
  readonly dialect: Dialect
  readonly port: number
  readonly document: string
  readonly holds?: Holding
  readonly wants: Wants
}

/**
 * When a joiner has what it came for: some servers say that all is sent before they have read it themselves.
 * - `typing`: when it has every update of it. What comes is kept, and looked at when the server says that it is all.
 * - `bytes`: when so much has come; of 150 copies of a large document one is looked at closely.
 * - `answer`: when the server says so.
 */
export type Wants =
  | { readonly kind: 'typing'; readonly typing: Typing }
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'answer' }

/** How long the rest may take after the server has said that it was all. */
const restMsMax = 20_000

/** Resolves when it has what it wants, or when that does not come: `missing` tells. */
export async function joinDocument({ wants, ...options }: JoinerOptions): Promise<Joiner> {
  const inbox = new Inbox(wants)
  const startMs = performance.now()
  const session = await options.dialect.join({
    ...options,
    onUpdate: (update) => inbox.take('v1', update),
    onSnapshot: (body) => inbox.take('v2-deflate', body),
  })
  await session.live
  let endMs = performance.now()
  if (!inbox.isWhole) {
    await until('the rest is here', () => inbox.isWhole, restMsMax).catch(() => {})
    endMs = inbox.lastMs
  }
  const { socket } = session
  return {
    session,
    tookMs: endMs - startMs,
    get bytes() {
      return socket.bytesIn + socket.bytesOut - socket.handshakeBytes
    },
    has: (typing) => inbox.has(typing),
  }
}

/** What has come, as it came: decoding it is not what is measured. */
class Inbox {
  lastMs = 0
  readonly #wants: Wants
  readonly #items: { readonly format: 'v1' | 'v2-deflate'; readonly bytes: Uint8Array }[] = []
  #bytes = 0
  #looked: { readonly items: number; readonly isWhole: boolean } | null = null

  constructor(wants: Wants) {
    this.#wants = wants
  }

  take(format: 'v1' | 'v2-deflate', bytes: Uint8Array): void {
    this.lastMs = performance.now()
    this.#bytes += bytes.length
    if (this.#wants.kind !== 'bytes') this.#items.push({ format, bytes: new Uint8Array(bytes) })
  }

  get isWhole(): boolean {
    switch (this.#wants.kind) {
      case 'typing':
        return this.#hasAll(this.#wants.typing)
      case 'bytes':
        return this.#bytes >= this.#wants.bytes
      case 'answer':
        return true
    }
  }

  has(typing: Typing): number {
    const progress = new Progress(typing, createContentCache(typing.clientId))
    for (const { format, bytes } of this.#items)
      progress.take(format === 'v1' ? bytes : Y.convertUpdateFormatV2ToV1(inflateRawSync(bytes)))
    return progress.has
  }

  #hasAll(typing: Typing): boolean {
    if (this.#looked?.items !== this.#items.length) {
      this.#looked = { items: this.#items.length, isWhole: this.has(typing) === typing.updates.length }
    }
    return this.#looked.isWhole
  }
}
