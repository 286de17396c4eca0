import type { Clock, Unsubscribe } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import { MachineClock } from './machine-clock.ts'
import { epochMs, type World } from './world.ts'

type ProcessState =
  | { readonly kind: 'running' }
  /** `waking`: runs what waits, one per event; what enters meanwhile queues up behind it. */
  | { readonly kind: 'paused'; readonly waiting: (() => void)[]; waking: boolean }
  | { readonly kind: 'dead' }

/**
 * Something that can be killed or paused as a whole: a relay, a browser tab. Whatever enters it (a timer, a frame, the
 * answer of a disk) goes through `enter`: nothing enters a dead process, and a paused one gets everything on waking, in
 * the order in which it came.
 */
export class Process {
  readonly name: string
  readonly clock: Clock
  readonly #world: World
  /** How long after the first frame of a turn the turn ends: more frames may arrive meanwhile. */
  readonly #turnMs: () => number
  #turns = 0
  #state: ProcessState = { kind: 'running' }
  #turn: (() => void)[] = []
  #stoodStillMs = 0
  #pausedAtMs = 0
  /** What keeps it from running, while it is paused. */
  readonly #holds = new Set<symbol>()

  constructor(
    world: World,
    name: string,
    turnMs: () => number = () => 0,
    machine: MachineClock = new MachineClock(world, name),
  ) {
    this.#world = world
    this.name = name
    this.#turnMs = turnMs
    this.clock = {
      now: () => Math.floor(epochMs + machine.skewMs + world.nowMs),
      after: (delayMs, run) => this.after(delayMs, 'timer', run),
      turn: (run) => this.#atTurn(run),
    }
  }

  get alive(): boolean {
    return this.#state.kind !== 'dead'
  }

  /** For how long it was paused in all, until it had caught up with what waited. */
  get stoodStillMs(): number {
    return this.#stoodStillMs + (this.#state.kind === 'paused' ? this.#world.nowMs - this.#pausedAtMs : 0)
  }

  /** Grows whenever something runs in it. */
  get turns(): number {
    return this.#turns
  }

  /** Something runs in it that did not come through `enter`: a person acts at a tab. */
  touch(): void {
    this.#turns++
  }

  get running(): boolean {
    return this.#state.kind === 'running'
  }

  /** Runs `run` inside this process, as an event, `delayMs` from now, if the process still lives. */
  after(delayMs: number, what: string, run: () => void): Unsubscribe {
    // Cancelling must work while paused as well, where the event has left the world's queue.
    let cancelled = false
    const cancel = this.#world.after(delayMs, () =>
      this.enter(() => {
        if (cancelled) return
        this.#world.record(this.name, what)
        run()
      }),
    )
    return () => {
      cancelled = true
      cancel()
    }
  }

  /** Runs `run` inside this process now, when it wakes, or never. */
  enter(run: () => void): void {
    switch (this.#state.kind) {
      case 'running':
        this.#turns++
        return run()
      case 'paused':
        this.#state.waiting.push(run)
        return
      case 'dead':
        return
    }
  }

  /** kill -9: memory, timers and sockets are gone; what was handed to a disk before may or may not have reached it. */
  kill(): void {
    this.#stoodStillMs = this.stoodStillMs
    this.#state = { kind: 'dead' }
    this.#turn = []
    this.#world.record(this.name, 'killed')
  }

  /** Stands still until each pause is over. Returns what ends this one. */
  pause(): () => void {
    const hold = Symbol('pause')
    this.#holds.add(hold)
    if (this.#state.kind === 'paused') this.#state.waking = false
    if (this.#state.kind === 'running') {
      this.#state = { kind: 'paused', waiting: [], waking: false }
      this.#pausedAtMs = this.#world.nowMs
      this.#world.record(this.name, 'paused')
    }
    return () => {
      if (this.#holds.delete(hold) && this.#holds.size === 0) this.resume()
    }
  }

  /** Ends all pauses. */
  resume(): void {
    this.#holds.clear()
    if (this.#state.kind !== 'paused' || this.#state.waking) return
    this.#state.waking = true
    if (this.#state.waiting.length > 1) sometimes('a process wakes, and more than one thing waits for it')
    this.#world.record(this.name, 'resumed', this.#state.waiting.length)
    this.#world.after(0, () => this.#wake())
  }

  #wake(): void {
    if (this.#state.kind !== 'paused' || !this.#state.waking) return
    const next = this.#state.waiting.shift()
    if (next === undefined) {
      this.#stoodStillMs = this.stoodStillMs
      this.#state = { kind: 'running' }
      return
    }
    this.#world.after(0, () => this.#wake())
    this.#turns++
    next()
  }

  #atTurn(run: () => void): void {
    this.#turn.push(run)
    if (this.#turn.length > 1) return
    this.after(this.#turnMs(), 'turn', () => {
      const turn = this.#turn
      this.#turn = []
      for (const each of turn) each()
    })
  }
}
