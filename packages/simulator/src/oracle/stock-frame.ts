/**
 * A message for or from a stock y-websocket client, as docs of y-protocols give it and as its clients read it. Written
 * apart from the relay's own: an oracle shares no code with what it judges.
 */
export type StockMessage =
  | { readonly type: 'step1' | 'step2' | 'update'; readonly bytes: Uint8Array }
  | { readonly type: 'awareness'; readonly entries: readonly StockAwareness[] }
  | { readonly type: 'denied' | 'query' }

export interface StockAwareness {
  readonly id: number
  readonly clock: number
  /** JSON. */
  readonly state: string
}

/**
 * The one message of a frame that a relay sends.
 *
 * @throws RangeError when the frame is none.
 */
export function readStockFrame(frame: Uint8Array): StockMessage {
  return readMessage(new Cursor(frame))
}

/** All messages of a frame that a client sends, up to the first that is none, or of a type that clients do not send. */
export function readStockFrames(frame: Uint8Array): readonly StockMessage[] {
  const messages: StockMessage[] = []
  try {
    for (const cursor = new Cursor(frame); cursor.hasMore && isOfClients(frame[cursor.at]); )
      messages.push(readMessage(cursor))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  return messages
}

function isOfClients(type: number | undefined): boolean {
  return type === 0 || type === 1 || type === 3
}

function readMessage(cursor: Cursor): StockMessage {
  const type = cursor.uint()
  if (type === 1) return { type: 'awareness', entries: readAwareness(new Cursor(cursor.bytes())) }
  if (type === 2) return { type: 'denied' }
  if (type === 3) return { type: 'query' }
  const sync = (['step1', 'step2', 'update'] as const)[cursor.uint()]
  if (type !== 0 || sync === undefined) throw new RangeError(`a message of type ${type}`)
  return { type: sync, bytes: cursor.bytes() }
}

function readAwareness(cursor: Cursor): readonly StockAwareness[] {
  const count = cursor.uint()
  if (count > cursor.left) throw new RangeError('more entries than bytes')
  return Array.from({ length: count }, () => ({
    id: cursor.uint(),
    clock: cursor.uint(),
    state: Buffer.from(cursor.bytes()).toString(),
  }))
}

class Cursor {
  readonly #frame: Uint8Array
  #at = 0

  constructor(frame: Uint8Array) {
    this.#frame = frame
  }

  get at(): number {
    return this.#at
  }

  get left(): number {
    return this.#frame.length - this.#at
  }

  get hasMore(): boolean {
    return this.left > 0
  }

  uint(): number {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = this.#frame[this.#at++]
      if (byte === undefined) throw new RangeError('a frame that ends early')
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }

  bytes(): Uint8Array {
    const length = this.uint()
    if (this.#at + length > this.#frame.length) throw new RangeError('a frame that ends early')
    this.#at += length
    return this.#frame.subarray(this.#at - length, this.#at)
  }
}
