import type { ConnectionInput, Socket } from '../ports.ts'

/** One end of a WebSocket in memory. What the relay sends arrives at once, unless the reader is stalled. */
export class FakeSocket implements Socket {
  /** Every frame that was sent, as the very object. */
  readonly frames: Uint8Array[] = []
  /** Called with each frame as it arrives. */
  onFrame: (frame: Uint8Array) => void = () => {}
  onClosed: () => void = () => {}
  input: ConnectionInput | null = null
  closedWith: { readonly code: number; readonly reason: string } | null = null
  isTerminated = false
  #stalled: Uint8Array[] | null = null
  #sends = 0
  #isClosed = false

  /** How many times the relay wrote. */
  get sends(): number {
    return this.#sends
  }

  get bufferedBytes(): number {
    return (this.#stalled ?? []).reduce((sum, frame) => sum + frame.length, 0)
  }

  send(frame: Uint8Array): void {
    this.#sends++
    this.#take(frame)
  }

  sendAll(frames: readonly Uint8Array[]): void {
    this.#sends++
    for (const frame of frames) this.#take(frame)
  }

  close(code: number, reason: string): void {
    this.closedWith = { code, reason }
    this.hangUp()
  }

  terminate(): void {
    this.isTerminated = true
    this.hangUp()
  }

  /** The reader stops reading. */
  stall(): void {
    this.#stalled ??= []
  }

  /** The reader reads `count` frames of those that wait; all, and from now on every one, by default. */
  release(count: number = Number.POSITIVE_INFINITY): void {
    const waiting = this.#stalled ?? []
    this.#stalled =
      count < waiting.length ? waiting.slice(count) : count === Number.POSITIVE_INFINITY ? null : []
    for (const frame of waiting.slice(0, count)) this.onFrame(frame)
    this.input?.drained()
  }

  /** What the edge does with what `accept` returns. */
  attach(input: ConnectionInput): void {
    if (this.#isClosed) input.closed()
    else this.input = input
  }

  /** The connection breaks. */
  hangUp(): void {
    const { input } = this
    this.input = null
    this.#isClosed = true
    input?.closed()
    this.onClosed()
  }

  #take(frame: Uint8Array): void {
    this.frames.push(frame)
    if (this.#stalled) this.#stalled.push(frame)
    else this.onFrame(frame)
  }
}
