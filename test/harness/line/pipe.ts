import type { Socket } from 'node:net'
import type { LineConditions } from './conditions.ts'

/** Bytes that one direction of a connection holds back; with more, the sender is not read from any more, as TCP does. */
export const heldBytesMax = 64 * 1024

interface Held {
  readonly bytes: Buffer
  readonly dueMs: number
}

export interface PipeDeps {
  readonly from: Socket
  readonly to: Socket
  readonly direction: 'up' | 'down'
  /** As they are now: they may change while the pipe carries. */
  conditions(): LineConditions
  /** So many bytes have just been handed on. */
  carried(bytes: number): void
  /** Bytes that may still be carried before the connection is cut. */
  allowance(): number
}

/**
 * One direction of a connection: reads, holds back for as long as the line is slow, and hands on in order.
 *
 *     from ──data──▶ held ──due, a piece at a time──▶ to
 *                     └── full: `from` is paused
 */
export class Pipe {
  readonly #deps: PipeDeps
  readonly #held: Held[] = []
  #heldBytes = 0
  #timer: NodeJS.Timeout | null = null
  #ended: 'no' | 'end' | 'reset' = 'no'
  #passedOn: 'no' | 'end' | 'reset' = 'no'

  constructor(deps: PipeDeps) {
    this.#deps = deps
    const { from, to } = deps
    from.on('data', (bytes) => this.#take(bytes))
    from.on('end', () => this.#end('end'))
    // A reset is an error, then a close; the close is all that is needed.
    from.on('error', () => {})
    from.on('close', () => this.#end('reset'))
    to.on('drain', () => this.pump())
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  /** Hands on what is due. Called again by itself when more becomes due; by the line when its conditions change. */
  pump(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const { conditions, direction, from, to } = this.#deps
    while (!to.destroyed && conditions().blackhole !== direction) {
      const waitMs = this.#waitMs()
      if (waitMs === null) break
      if (waitMs > 0) return this.#pumpAfter(waitMs)
      const { pieceBytes } = conditions()
      this.#carry(Math.min(pieceBytes, this.#deps.allowance()))
      // What drips leaves a piece at a time, each in a segment of its own.
      if (Number.isFinite(pieceBytes) && this.#held.length > 0) return this.#pumpAfter(1)
    }
    if (this.#heldBytes < heldBytesMax) from.resume()
    if (this.#held.length === 0) this.#passEndOn()
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#held.length = 0
    this.#heldBytes = 0
  }

  #take(bytes: Buffer): void {
    this.#held.push({ bytes, dueMs: performance.now() + this.#deps.conditions().delayMs })
    this.#heldBytes += bytes.length
    if (this.#heldBytes >= heldBytesMax) this.#deps.from.pause()
    if (this.#timer === null) this.pump()
  }

  /** Until something may be handed on; null when nothing is there, or the receiver is full. */
  #waitMs(): number | null {
    const [first] = this.#held
    if (first === undefined || this.#deps.to.writableNeedDrain) return null
    return Math.max(0, first.dueMs - performance.now())
  }

  #carry(bytesMax: number): void {
    const { bytes, dueMs } = this.#held.shift() as Held
    const piece = bytes.subarray(0, bytesMax)
    if (piece.length < bytes.length) this.#held.unshift({ bytes: bytes.subarray(piece.length), dueMs })
    this.#heldBytes -= piece.length
    this.#deps.to.write(piece)
    this.#deps.carried(piece.length)
  }

  #pumpAfter(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.pump()
    }, delayMs)
  }

  #end(how: 'end' | 'reset'): void {
    if (this.#ended !== 'reset') this.#ended = how
    if (this.#held.length === 0) this.#passEndOn()
  }

  #passEndOn(): void {
    const { to, direction, conditions } = this.#deps
    if (conditions().blackhole === direction || this.#passedOn === this.#ended) return
    this.#passedOn = this.#ended
    if (this.#ended === 'end') to.end()
    // What was written before is still on its way; an orderly end comes after it.
    else to.destroySoon()
  }
}
