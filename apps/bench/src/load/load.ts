import { Samples } from '../measure/samples.ts'
import { sleep, until } from '../measure/waiting.ts'
import type { ServerProcess } from '../systems/server-process.ts'
import type { System } from '../systems/system.ts'
import type { Typing } from '../workload/typing.ts'
import { Room } from './room.ts'

export interface LoadOptions {
  readonly system: System
  readonly server: ServerProcess
  readonly documents: number
  /** Sessions of each document: one types, the others read. */
  readonly sessions: number
  readonly typing: Typing
}

export interface Measured {
  readonly seconds: number
  readonly deliveries: number
  readonly serverCpuSeconds: number
  /** Of the program that measures: when it comes near 1 per second, it is the limit. */
  readonly loadCpuSeconds: number
  /** Both directions, TCP payload. */
  readonly wireBytes: number
  readonly residentBytes: number
  /** From just before the write to the reader's parse, in milliseconds. */
  readonly latency: Samples
}

/** How many rooms open at a time. */
const openingMax = 50
const drainMsMax = 60_000

/** Rooms with people in them, typing as fast as they are let, or at a rate. */
export class Load {
  readonly rooms: Room[] = []
  readonly #options: LoadOptions
  #deliveries = 0
  #latency: Samples | null = null
  #onDelivered: (room: Room) => void = () => {}

  private constructor(options: LoadOptions) {
    this.#options = options
  }

  /** Resolves when every session is live. */
  static async open(options: LoadOptions): Promise<Load> {
    const load = new Load(options)
    for (let from = 0; from < options.documents; from += openingMax) {
      const count = Math.min(openingMax, options.documents - from)
      load.rooms.push(
        ...(await Promise.all(Array.from({ length: count }, (_, at) => load.#openRoom(from + at)))),
      )
    }
    return load
  }

  get deliveries(): number {
    return this.#deliveries
  }

  /** Updates that were written and that some reader lacks, for each such reader. */
  get missing(): number {
    const readers = this.#options.sessions - 1
    const due = this.rooms.reduce((total, { sent }) => total + sent * readers, 0)
    return due - this.#deliveries
  }

  /**
   * Types as fast as the readers follow: never more than `window` updates of a document ahead of the slowest of its
   * first `pacers` readers (all of them, unless said otherwise). Ends with the time or with the updates, or when `end`
   * updates of each document have been typed.
   */
  async saturate(
    durationMs: number,
    window: number,
    pacers: number = this.#options.sessions - 1,
    end: number = this.#options.typing.updates.length,
  ): Promise<void> {
    const due = new Set<Room>()
    let isScheduled = false
    let isOver = false
    const refill = (): void => {
      isScheduled = false
      for (const room of due) {
        const count = Math.min(end - room.sent, window - (room.sent - room.deliveredTo(pacers)))
        if (count > 0) room.type(count)
      }
      due.clear()
    }
    this.#onDelivered = (room) => {
      if (isOver) return
      due.add(room)
      if (isScheduled) return
      isScheduled = true
      setImmediate(refill)
    }
    for (const room of this.rooms) due.add(room)
    refill()
    const endMs = performance.now() + durationMs
    while (performance.now() < endMs && this.rooms.some(({ sent }) => sent < end)) await sleep(5)
    isOver = true
    this.#onDelivered = () => {}
    due.clear()
  }

  /** Types `perSecond` updates in all, spread evenly over the documents, whether or not the readers follow. */
  async pace(durationMs: number, perSecond: number): Promise<void> {
    const startMs = performance.now()
    let typed = 0
    for (let nowMs = startMs; nowMs < startMs + durationMs; nowMs = performance.now()) {
      const due = Math.floor(((nowMs - startMs) * perSecond) / 1000)
      for (; typed < due; typed++) this.#roomOf(typed).type(1)
      await sleep(1)
    }
  }

  /** Waits until every reader has everything, but not for ever: `missing` tells. */
  async drain(deadlineMs: number = drainMsMax): Promise<void> {
    await until('every reader has everything', () => this.missing === 0, deadlineMs).catch(() => {})
  }

  /** Resolves as soon as a reader has something new. */
  nextDelivery(): Promise<void> {
    return new Promise((resolve) => {
      this.#onDelivered = () => resolve()
    })
  }

  /** What `run` cost. `latency`: where to add its samples, when several runs are looked at as one. */
  async measure(run: () => Promise<void>, latency: Samples = new Samples()): Promise<Measured> {
    this.#latency = latency
    const before = this.#look()
    await run()
    const after = this.#look()
    this.#latency = null
    return {
      seconds: (after.ms - before.ms) / 1000,
      deliveries: after.deliveries - before.deliveries,
      serverCpuSeconds: after.use.cpuSeconds - before.use.cpuSeconds,
      loadCpuSeconds: (after.loadCpu - before.loadCpu) / 1e6,
      wireBytes: after.bytes - before.bytes,
      residentBytes: after.use.residentBytes,
      latency,
    }
  }

  close(): void {
    for (const room of this.rooms) room.close()
  }

  #look() {
    const { user, system } = process.cpuUsage()
    return {
      ms: performance.now(),
      use: this.#options.server.use,
      loadCpu: user + system,
      deliveries: this.#deliveries,
      bytes: this.rooms.reduce((total, { sessions }) => total + bytesOf(sessions), 0),
    }
  }

  #roomOf(index: number): Room {
    return this.rooms[index % this.rooms.length] as Room
  }

  #openRoom(index: number): Promise<Room> {
    const { system, server, sessions, typing } = this.#options
    return Room.open({
      dialect: system.dialect,
      port: server.port,
      document: `bench-${index}`,
      typing,
      readers: sessions - 1,
      onDelivered: (room, from, count) => this.#delivered(room, from, count),
    })
  }

  #delivered(room: Room, from: number, count: number): void {
    this.#deliveries += count
    if (this.#latency !== null) {
      const nowMs = performance.now()
      for (let at = from; at < from + count; at++) this.#latency.add(nowMs - (room.sentMs[at] as number))
    }
    this.#onDelivered(room)
  }
}

function bytesOf(sessions: Room['sessions']): number {
  return sessions.reduce((total, { socket }) => total + socket.bytesIn + socket.bytesOut, 0)
}
