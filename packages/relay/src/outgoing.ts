import { sometimes } from '@tidemark/base/sometimes'
import { concatFrames, itemsPerFrameMax } from '@tidemark/protocol'
import type { Socket } from './ports.ts'
import type { Flushable, Turn } from './turn.ts'

export interface OutgoingLimits {
  /** Bytes of one frame. */
  readonly frameBytesMax: number
  readonly bufferedBytesMax: number
  readonly terminateBytesMax: number
}

export interface OutgoingDeps {
  readonly socket: Socket
  readonly turn: Turn
  readonly limits: OutgoingLimits
  /** `joined`: messages share frames. `single`: every message is a frame of its own (y-websocket). */
  readonly framing: 'joined' | 'single'
  /** There is room again: what waits for it may be sent. Called at the end of a turn or when the socket drained. */
  readonly onRoom: () => void
  /** The reader let even small messages pile up to `terminateBytesMax`. Called at most once, and nothing is sent after. */
  readonly onOverflow: () => void
}

/**
 * What leaves on one connection: gathers the messages of a turn and writes them at its end, at once.
 *
 * It never refuses: whoever has much to send asks `hasRoom` or `isFull` first. `terminateBytesMax` bounds the rest.
 */
export class Outgoing implements Flushable {
  due = false
  readonly #deps: OutgoingDeps
  #parts: Uint8Array[] = []
  #items = 0
  #partsBytes = 0
  /** What the socket held when last seen: it only falls until we write again. */
  #socketBytes = 0
  #ended = false
  #sentBytes = 0
  /** Of answers that may still be unsent. */
  #answerBytes = 0

  constructor(deps: OutgoingDeps) {
    this.#deps = deps
  }

  get sentBytes(): number {
    return this.#sentBytes
  }

  get bufferedBytes(): number {
    return this.#partsBytes + this.#socketBytes
  }

  /** Whether a session that reads on may send another page. */
  get hasRoom(): boolean {
    return this.bufferedBytes < this.#deps.limits.bufferedBytesMax / 2
  }

  /** Whether live entries are to be held back: their session reads on when there is room. */
  get isFull(): boolean {
    return this.bufferedBytes > this.#deps.limits.bufferedBytesMax
  }

  /** Queues one or several whole messages for the end of this turn. `items`: as `itemsPerFrameMax` counts them. */
  add(part: Uint8Array, items: number): void {
    if (this.#ended) return
    if (!this.#fits(part.length, items)) this.#write()
    this.#parts.push(part)
    this.#items += items
    this.#partsBytes += part.length
    if (this.bufferedBytes > this.#unsentMax && this.#overflows()) return
    this.#deps.turn.connection(this)
  }

  /**
   * As `add`, for what the reader asked for and what has to leave in one piece: it may be larger than
   * `terminateBytesMax`, which then bounds what piles up beside it. The caller makes one at a time.
   */
  addAnswer(part: Uint8Array): void {
    this.#answerBytes += part.length
    this.add(part, 1)
  }

  /** The socket has sent something. */
  drained(): void {
    this.#look()
    if (!this.#ended && this.hasRoom) this.#deps.onRoom()
  }

  flush(): void {
    if (this.#ended) return
    const hadRoom = this.hasRoom
    this.#write()
    // A socket that passes everything on at once never has anything to drain.
    if (hadRoom || !this.hasRoom) return
    sometimes('a turn makes more than fits, and the socket takes it at once')
    this.#deps.onRoom()
  }

  /** Writes what is queued; nothing is sent after. */
  end(): void {
    if (!this.#ended) this.#write()
    this.#ended = true
  }

  /** Nothing is sent any more, not even what is queued. */
  drop(): void {
    this.#ended = true
    this.#clear()
  }

  // A reader refuses a frame beyond these: it is cut in two.
  #fits(bytes: number, items: number): boolean {
    if (this.#deps.framing === 'single') return true
    return (
      this.#partsBytes + bytes <= this.#deps.limits.frameBytesMax && this.#items + items <= itemsPerFrameMax
    )
  }

  get #unsentMax(): number {
    return this.#deps.limits.terminateBytesMax + this.#answerBytes
  }

  // What a slow reader's socket took since we last looked may have left by now.
  #overflows(): boolean {
    this.#look()
    if (this.bufferedBytes <= this.#unsentMax) return false
    this.drop()
    this.#deps.onOverflow()
    return true
  }

  #write(): void {
    if (this.#parts.length === 0) return
    const parts = this.#parts
    this.#sentBytes += this.#partsBytes
    this.#clear()
    const { socket, framing } = this.#deps
    sendAll(socket, framing === 'joined' ? join(parts) : parts)
    this.#look()
  }

  #look(): void {
    this.#socketBytes = this.#deps.socket.bufferedBytes
    if (this.bufferedBytes === 0) this.#answerBytes = 0
  }

  #clear(): void {
    this.#parts = []
    this.#items = 0
    this.#partsBytes = 0
  }
}

/** Copying this much costs more than a frame of its own, and what many are sent (a part of a snapshot) stays one copy. */
const ownFrameBytes = 16 * 1024

/** Small parts that follow each other as one frame. */
function join(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  const frames: Uint8Array[] = []
  let from = 0
  for (const [at, part] of parts.entries()) {
    if (part.length < ownFrameBytes) continue
    if (at > from) frames.push(concatFrames(parts.slice(from, at)))
    frames.push(part)
    from = at + 1
  }
  if (from < parts.length) frames.push(concatFrames(from === 0 ? parts : parts.slice(from)))
  return frames
}

function sendAll(socket: Socket, frames: readonly Uint8Array[]): void {
  if (frames.length > 1 && socket.sendAll) return socket.sendAll(frames)
  for (const frame of frames) socket.send(frame)
}
