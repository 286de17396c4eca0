import type { TidemarkError } from '@tidemark/base'
import { sometimes } from '@tidemark/base/sometimes'
import { merge } from '@tidemark/updates/merge'
import { outboxEntriesMax } from './limits.ts'
import { foldRecords } from './outbox-record.ts'
import type { OutboxMark, OutboxRecord } from './store/replica-store.ts'

export interface OutboxLimits {
  readonly updateBytesMax: number
  /** Sent and not yet answered. A batch that is larger by itself may travel alone. */
  readonly windowBytesMax: number
}

export interface Batch {
  readonly batch: number
  readonly update: Uint8Array
}

export interface AckedEdits {
  /** For the store: what leaves its outbox. */
  readonly marks: readonly OutboxMark[]
  readonly updates: readonly Uint8Array[]
}

/**
 * Own edits that are not acknowledged, in the order made. An edit leaves it by an ack and by nothing else. [C3]
 *
 *     ┌── sent, waiting for their ack ──┐┌────────── unsent ───────────┐
 *     │ batch 4 │ batch 4 │ batch 5     ││ edit │ edit │ edit │ edit   │ ◀── add
 *     └─▶ acked(5) takes all of these   ┘└─▶ next() makes them batch 6 ┘
 *
 * Whatever goes wrong, what was sent becomes unsent again and is sent once more, which is harmless. [ACK3]
 */
export interface Outbox {
  readonly isEmpty: boolean
  /** Why nothing is sent any more: the oldest edits were refused for good, and all others build on them. */
  readonly parked: TidemarkError | null
  /** Edits in it. What an earlier page left counts as one per record. */
  readonly edits: number
  /** Whether this batch, or any, is under way: sent, and neither acknowledged nor unsent since. */
  isFlying(batch?: number): boolean
  /** How many edits were added. */
  readonly added: number
  /** Whether the first `added` edits were acknowledged, and all that the device held when it was read. */
  isAcked(added: number): boolean
  /** `wasHeld`: the device held it when it was read, before all that was added. */
  add(edit: OutboxRecord, wasHeld?: boolean): void
  /** All of it, for a device that has lost them. */
  readonly records: readonly OutboxRecord[]
  /** The next batch that the limits allow; null when there is none, or nothing unsent. */
  next(limits: OutboxLimits): Batch | 'too-large' | null
  /** Numbers a batch that stands for all there is. */
  coverAll(bytes: number): number
  acked(batch: number): AckedEdits
  /** This batch and all later ones were not accepted, or will not be answered any more. */
  unsend(batch: number): void
  /** The session is over: nothing of it will be answered; batches are counted from 1 again. */
  reset(): void
  park(why: TidemarkError): void
  unpark(): void
  /** Forgets those that somebody else has sent; false: there were none. Only while nothing is under way. */
  forgetSent(isUnsent: (edit: OutboxRecord) => boolean): boolean
  /** All as one update, without changing anything; null when empty. */
  all(): Uint8Array | null
  /** Empties it, and gives what was in it. */
  clear(): readonly OutboxMark[]
}

interface Entry extends OutboxRecord {
  /** Edits in it. */
  readonly count: number
  /** The how manieth that was added, the first of them when there are more; 0: held by the device before. */
  readonly added: number
  /** The batch it was last sent in; 0: unsent. */
  batch: number
}

interface Flight {
  readonly batch: number
  readonly bytes: number
}

export function createOutbox(): Outbox {
  let entries: Entry[] = []
  /** Entries before this index are sent. */
  let sent = 0
  let flights: Flight[] = []
  let lastBatch = 0
  /** Entries behind this index have not been looked at for merging. */
  let folded = 0
  let parked: TidemarkError | null = null
  let added = 0

  function unsentCount(): number {
    return entries.length - sent
  }

  function launch(count: number, bytes: number): number {
    lastBatch++
    for (let i = sent; i < sent + count; i++) (entries[i] as Entry).batch = lastBatch
    sent += count
    flights.push({ batch: lastBatch, bytes })
    return lastBatch
  }

  function take(count: number): Entry[] {
    const taken = entries.splice(0, count)
    sent = Math.max(0, sent - count)
    folded = Math.max(0, folded - count)
    return taken
  }

  /** Merges small neighbours of one tab, so that a day offline costs bytes and not objects. */
  function fold(): void {
    const from = Math.max(sent, folded)
    entries = [...entries.slice(0, from), ...foldRecords(entries.slice(from), mergeEntries)]
    folded = entries.length
  }

  return {
    get isEmpty() {
      return entries.length === 0
    },
    get parked() {
      return parked
    },
    get edits() {
      return entries.reduce((edits, { count }) => edits + count, 0)
    },
    get added() {
      return added
    },
    get records() {
      return entries
    },
    isFlying: (batch) => flights.some((flight) => batch === undefined || flight.batch === batch),
    isAcked: (through) => entries.every((entry) => entry.added > through),
    add(edit, wasHeld = false) {
      entries.push({ ...edit, count: 1, added: wasHeld ? 0 : ++added, batch: 0 })
      if (entries.length - Math.max(sent, folded) > outboxEntriesMax) fold()
    },
    next({ updateBytesMax, windowBytesMax }) {
      if (parked || unsentCount() === 0) return null
      const inFlight = flights.reduce((bytes, flight) => bytes + flight.bytes, 0)
      const first = (entries[sent] as Entry).update
      if (first.length > updateBytesMax) return 'too-large'
      const room = Math.min(updateBytesMax, windowBytesMax - inFlight)
      if (first.length > room && inFlight > 0) {
        sometimes('an edit waits for room in the window')
        return null
      }
      const updates = [first]
      let bytes = first.length
      for (let i = sent + 1; i < entries.length; i++) {
        const { update } = entries[i] as Entry
        bytes += update.length
        if (bytes > room) break
        updates.push(update)
      }
      const update = merge(updates)
      return { batch: launch(updates.length, update.length), update }
    },
    coverAll(bytes) {
      for (const entry of entries) entry.batch = lastBatch + 1
      sent = entries.length
      return launch(0, bytes)
    },
    acked(batch) {
      flights = flights.filter((flight) => flight.batch > batch)
      let count = 0
      while (count < sent && (entries[count] as Entry).batch <= batch) count++
      const taken = take(count)
      if (entries.length === 0) parked = null
      return { marks: marksOf(taken), updates: taken.map(({ update }) => update) }
    },
    unsend(batch) {
      flights = flights.filter((flight) => flight.batch < batch)
      const first = entries.findIndex((entry, i) => i < sent && entry.batch >= batch)
      if (first !== -1) sent = first
    },
    reset() {
      sent = 0
      flights = []
      lastBatch = 0
    },
    park(why) {
      parked = why
    },
    unpark() {
      parked = null
    },
    forgetSent(isUnsent) {
      const before = entries.length
      entries = entries.filter(isUnsent)
      folded = 0
      return entries.length < before
    },
    all: () => (entries.length === 0 ? null : merge(entries.map(({ update }) => update))),
    clear() {
      const marks = marksOf(entries)
      entries = []
      flights = []
      sent = folded = 0
      parked = null
      return marks
    },
  }
}

function marksOf(entries: readonly Entry[]): OutboxMark[] {
  const last = new Map(entries.map(({ tab, number }) => [tab, number]))
  return [...last].map(([tab, through]) => ({ tab, through }))
}

function mergeEntries(merged: OutboxRecord, group: readonly Entry[]): Entry {
  const count = group.reduce((edits, entry) => edits + entry.count, 0)
  return { ...merged, count, added: (group[0] as Entry).added, batch: 0 }
}
