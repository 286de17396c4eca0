export interface QueuedEvent {
  readonly timeMs: number
  /** Random: events at the same time happen in any order, the seed decides which. */
  readonly tie: number
  readonly order: number
  cancelled: boolean
  readonly run: () => void
}

/** A binary heap, the earliest event on top. Cancelled events are dropped when they come up. */
export class EventQueue {
  readonly #heap: QueuedEvent[] = []

  push(event: QueuedEvent): void {
    this.#heap.push(event)
    this.#rise(this.#heap.length - 1)
  }

  /** The next event that is not cancelled, or undefined. */
  peek(): QueuedEvent | undefined {
    while (this.#heap[0]?.cancelled) this.#removeTop()
    return this.#heap[0]
  }

  pop(): QueuedEvent | undefined {
    const top = this.peek()
    if (top) this.#removeTop()
    return top
  }

  #removeTop(): void {
    const last = this.#heap.pop()
    if (last === undefined || this.#heap.length === 0) return
    this.#heap[0] = last
    this.#sink()
  }

  #rise(start: number): void {
    const heap = this.#heap
    const event = heap[start] as QueuedEvent
    let at = start
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(event, heap[parent] as QueuedEvent)) break
      heap[at] = heap[parent] as QueuedEvent
      at = parent
    }
    heap[at] = event
  }

  #sink(): void {
    const heap = this.#heap
    const event = heap[0] as QueuedEvent
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as QueuedEvent, heap[child] as QueuedEvent))
        child++
      if (!before(heap[child] as QueuedEvent, event)) break
      heap[at] = heap[child] as QueuedEvent
      at = child
    }
    heap[at] = event
  }
}

function before(a: QueuedEvent, b: QueuedEvent): boolean {
  if (a.timeMs !== b.timeMs) return a.timeMs < b.timeMs
  if (a.tie !== b.tie) return a.tie < b.tie
  return a.order < b.order
}
