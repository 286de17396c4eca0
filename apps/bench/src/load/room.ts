import type { Dialect, Session } from '../dialects/dialect.ts'
import { type ContentCache, createContentCache, Progress } from '../workload/progress.ts'
import type { Typing } from '../workload/typing.ts'

export interface RoomOptions {
  readonly dialect: Dialect
  readonly port: number
  readonly document: string
  readonly typing: Typing
  readonly readers: number
  /** `count` more updates have reached a reader, the first of them being number `from`. */
  readonly onDelivered: (room: Room, from: number, count: number) => void
}

interface Reader {
  readonly session: Session
  readonly progress: Progress
}

/** One document under load: somebody who types, and those who read along. */
export class Room {
  /** When each update was written, just before; by `performance.now`. */
  readonly sentMs: Float64Array
  readonly typing: Typing
  readonly #cache: ContentCache
  readonly #readers: Reader[] = []
  #writer: Session | null = null
  #sent = 0
  #acked = 0

  private constructor(typing: Typing) {
    this.typing = typing
    this.sentMs = new Float64Array(typing.updates.length)
    this.#cache = createContentCache(typing.clientId)
  }

  /** Resolves when everybody is live. */
  static async open(options: RoomOptions): Promise<Room> {
    const room = new Room(options.typing)
    await Promise.all(Array.from({ length: options.readers }, () => room.#addReader(options)))
    const { dialect, port, document } = options
    const onAcked = (count: number): void => {
      room.#acked = count
    }
    room.#writer = await dialect.join({ port, document, onAcked })
    await room.#writer.live
    return room
  }

  get sent(): number {
    return this.#sent
  }

  /** The first so many updates are acknowledged; 0 in systems that acknowledge nothing. */
  get acked(): number {
    return this.#acked
  }

  get left(): number {
    return this.typing.updates.length - this.#sent
  }

  /** What the slowest reader has. */
  get delivered(): number {
    return this.deliveredTo(this.#readers.length)
  }

  /** What the slowest of the first `readers` has. */
  deliveredTo(readers: number): number {
    let least = this.#sent
    for (let at = 0; at < readers; at++) {
      const { has } = (this.#readers[at] as Reader).progress
      if (has < least) least = has
    }
    return least
  }

  get sessions(): readonly Session[] {
    return [this.writer, ...this.#readers.map(({ session }) => session)]
  }

  get writer(): Session {
    if (this.#writer === null) throw new Error('the room is not open')
    return this.#writer
  }

  reader(index: number): Reader {
    return this.#readers[index] as Reader
  }

  /** Writes the next so many updates, or what is left, at once. */
  type(count: number): void {
    const end = Math.min(this.#sent + count, this.typing.updates.length)
    const nowMs = performance.now()
    for (let at = this.#sent; at < end; at++) {
      this.sentMs[at] = nowMs
      this.writer.send(this.typing.updates[at] as Uint8Array)
    }
    this.#sent = end
    this.writer.flush()
  }

  close(): void {
    for (const session of this.sessions) session.close()
  }

  async #addReader({ dialect, port, document, onDelivered }: RoomOptions): Promise<void> {
    const progress = new Progress(this.typing, this.#cache)
    const session = await dialect.join({
      port,
      document,
      onUpdate: (update) => {
        const from = progress.has
        const count = progress.take(update)
        if (count > 0) onDelivered(this, from, count)
      },
    })
    this.#readers.push({ session, progress })
    await session.live
  }
}
