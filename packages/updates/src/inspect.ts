import { sometimes } from '@tidemark/base/sometimes'
import { gcKind, mustNotBeEmpty, readContent, skipKind } from './content.ts'
import { Dependencies } from './dependencies.ts'
import { subtractInto } from './flat-ranges.ts'
import type { DuplicateInspection, GapInspection, Inspection } from './inspection.ts'
import type { Known } from './known.ts'
import { clockMax, type InspectLimits, inspectLimitsDefault } from './limits.ts'
import type { ClientRange } from './ranges.ts'
import { Reader, Refusal } from './reader.ts'
import { readText, utf16Length } from './utf8.ts'
import { findSection, Waits } from './waits.ts'

/**
 * Decides, from the bytes alone, whether a log that holds `known` may append `update`. One pass, no Yjs objects, no
 * recursion; time and memory grow with the bytes, never with a number that they announce. Never throws.
 *
 *     update  = sections deletes                      Yjs's update format V1 (13.6, `encoding.js`, `DeleteSet.js`)
 *     section = structCount client clock struct*      clients descend; the structs follow each other from `clock` on
 *     deletes = clientCount (client count (clock length)*)*          clients in any order, none twice
 *
 * What is accepted, and trimmed where it overlaps, is integrated by every replica that holds `known`: nothing throws,
 * nothing is left pending, and the result loads again. What no look at the bytes can tell is whether the *content*
 * makes sense to an editor, and whether its origins were made by an honest client.
 *
 * @param known what the log holds; not changed.
 */
export function inspect(
  update: Uint8Array,
  known: Known,
  limits: InspectLimits = inspectLimitsDefault,
): Inspection {
  try {
    return new Inspector(update, known, limits).inspect()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { kind: 'refused', reason: error.reason, offset: error.offset, message: error.message }
  }
}

const duplicate: DuplicateInspection = Object.freeze({ kind: 'duplicate' })

// The upper bits of a struct's first byte; the lower five are its kind.
const hasOrigin = 0x80
const hasRightOrigin = 0x40
const hasParentKey = 0x20
const kindMask = 0x1f

class Inspector {
  readonly #reader: Reader
  readonly #known: Known
  readonly #limits: InspectLimits
  readonly #structs: ClientRange[] = []
  readonly #dependencies = new Dependencies()
  readonly #deletes: ClientRange[] = []
  readonly #newDeletes: ClientRange[] = []
  #structCount = 0
  #overlaps = false
  #waits: Waits | null = null
  #gap: GapInspection | null = null
  // The section and struct being read.
  #section = 0
  #client = 0
  #clock = 0
  /** Where the section begins as far as it counts: behind its last placeholder. */
  #start = 0

  constructor(update: Uint8Array, known: Known, limits: InspectLimits) {
    this.#reader = new Reader(update)
    this.#known = known
    this.#limits = limits
  }

  inspect(): Inspection {
    this.#readSections()
    const deletesOffset = this.#reader.offset
    this.#readDeletes()
    if (this.#reader.remaining > 0) this.#reader.refuse('trailing-bytes', 'bytes after the end of the update')
    if (this.#waits !== null) this.#checkWaits(this.#waits)
    return this.#gap ?? this.#conclude(deletesOffset)
  }

  #conclude(deletesOffset: number): Inspection {
    const structs = this.#structs
    const adds = this.#overlaps ? this.#beyondKnown() : structs
    if (adds.length === 0 && this.#newDeletes.length === 0) return duplicate
    for (const { client, clock, length } of structs) this.#dependencies.carry(client, clock, clock + length)
    return {
      kind: 'accepted',
      structs,
      adds,
      deletes: this.#deletes,
      newDeletes: this.#newDeletes,
      dependencies: this.#dependencies.result(),
      overlap: this.#overlaps ? (adds.length === 0 ? 'all' : 'some') : 'none',
      deletesOffset,
    }
  }

  #beyondKnown(): ClientRange[] {
    const adds: ClientRange[] = []
    for (const range of this.#structs) {
      const { client, clock, length } = range
      const known = this.#knownClock(client)
      if (clock === known) adds.push(range)
      else if (clock + length > known) adds.push({ client, clock: known, length: clock + length - known })
    }
    return adds
  }

  #knownClock(client: number): number {
    return this.#known.clocks.get(client) ?? 0
  }

  #lacks(client: number, has: number, needs: number): void {
    sometimes('an update refers to what the log does not have')
    // What else is wrong with the update is still looked for: poison is refused, not asked for again.
    this.#gap ??= {
      kind: 'gap',
      client,
      has,
      needs,
      message: `needs clock ${needs} of client ${client}, has ${has}`,
    }
  }

  #readSections(): void {
    const reader = this.#reader
    const count = reader.count(3)
    let above = Number.POSITIVE_INFINITY
    for (this.#section = 0; this.#section < count; this.#section++) {
      const offset = reader.offset
      const structCount = this.#readStructCount()
      this.#client = reader.varUint()
      if (this.#client >= above) reader.refuse('client-order', 'clients do not descend', offset)
      above = this.#client
      this.#readSection(structCount)
    }
  }

  #readStructCount(): number {
    const reader = this.#reader
    const offset = reader.offset
    const count = reader.count(2)
    if (count === 0) reader.refuse('empty-section', 'a client without structs', offset)
    this.#structCount += count
    if (this.#structCount > this.#limits.structsMax)
      reader.refuse('too-many-structs', 'too many structs', offset)
    return count
  }

  #readSection(structCount: number): void {
    const client = this.#client
    const start = this.#reader.varUint()
    this.#clock = start
    this.#start = start
    for (let i = 0; i < structCount; i++) {
      this.#clock += this.#readStruct()
      if (this.#clock > clockMax) this.#reader.refuse('clock-too-large', `client ${client} beyond clock 2^48`)
    }
    if (this.#start === this.#clock)
      this.#reader.refuse('struct-kind', 'a placeholder for what is at the end')
    this.#structs.push({ client, clock: this.#start, length: this.#clock - this.#start })
    const known = this.#knownClock(client)
    if (start > known) this.#lacks(client, known, start - 1)
    else if (start < known) this.#overlaps = true
  }

  /** Returns the length of the struct in clocks. */
  #readStruct(): number {
    const reader = this.#reader
    const info = reader.uint8()
    if (info === gcKind) return mustNotBeEmpty(reader, reader.varUint())
    if (info === skipKind) return this.#readSkip()
    const kind = info & kindMask
    if (kind === gcKind || kind === skipKind)
      reader.refuse('struct-kind', 'flags on a struct that has no origins', reader.offset - 1)
    if ((info & (hasOrigin | hasRightOrigin)) === 0) this.#readParent(info)
    else this.#readOrigins(info)
    return readContent(reader, kind, this.#limits)
  }

  /**
   * A placeholder: the update's author holds what follows it back, for lack of what it stands for. Where the log has
   * that, it has all before it too, and the update counts from there on.
   */
  #readSkip(): number {
    const length = mustNotBeEmpty(this.#reader, this.#reader.varUint())
    const known = this.#knownClock(this.#client)
    this.#start = this.#clock + length
    if (this.#start > known) this.#lacks(this.#client, known, this.#start - 1)
    return length
  }

  #readOrigins(info: number): void {
    const reader = this.#reader
    if ((info & hasOrigin) === 0) return this.#refersTo(reader.varUint(), reader.varUint())
    const client = reader.varUint()
    const clock = reader.varUint()
    this.#refersTo(client, clock)
    if ((info & hasRightOrigin) === 0) return
    const rightClient = reader.varUint()
    const rightClock = reader.varUint()
    if (rightClient === client && rightClock === clock) {
      reader.refuse('origin-is-right-origin', 'an item between a character and itself')
    }
    this.#refersTo(rightClient, rightClock)
  }

  #readParent(info: number): void {
    const reader = this.#reader
    const isRoot = reader.varUint()
    if (isRoot === 1) this.#readRootName()
    else if (isRoot === 0) this.#refersTo(reader.varUint(), reader.varUint())
    else reader.refuse('parent-info', `a parent is a root (1) or an item (0), not ${isRoot}`)
    if ((info & hasParentKey) !== 0) readText(reader)
  }

  #readRootName(): void {
    const { rootNameBytesMax } = this.#limits
    const offset = this.#reader.offset
    const length = this.#reader.varUint()
    if (length > rootNameBytesMax) {
      this.#reader.refuse(
        'root-name',
        `the name of a root type is longer than ${rootNameBytesMax} bytes`,
        offset,
      )
    }
    const start = this.#reader.skip(length)
    utf16Length(this.#reader, start, start + length)
  }

  #refersTo(client: number, clock: number): void {
    if (client === this.#client) {
      if (clock >= this.#clock)
        this.#reader.refuse('own-future', `clock ${clock} is not before ${this.#clock}`)
    } else if (clock < this.#knownClock(client)) {
      this.#dependencies.require(client, clock + 1)
    } else {
      this.#waits ??= new Waits()
      this.#waits.note(this.#section, this.#clock, client, clock)
    }
  }

  #checkWaits(waits: Waits): void {
    const missing = waits.findMissing(this.#structs)
    if (missing !== null) this.#lacks(missing.client, this.#knownClock(missing.client), missing.clock)
    else if (waits.hasCycle(this.#structs))
      this.#reader.refuse('cycle', 'structs that wait for each other', 0)
  }

  /** Yjs sorts the clients; its older versions and its ports do not, and whoever reads them does not care. */
  #readDeletes(): void {
    const reader = this.#reader
    const count = reader.count(2)
    const clients = new Set<number>()
    for (let i = 0; i < count; i++) {
      const offset = reader.offset
      const client = reader.varUint()
      if (clients.has(client)) reader.refuse('delete-order', 'deletions of one client in two places', offset)
      clients.add(client)
      this.#readDeletesOf(client)
    }
  }

  #readDeletesOf(client: number): void {
    const reader = this.#reader
    const offset = reader.offset
    const count = reader.count(2)
    if (count === 0) reader.refuse('empty-section', 'a client without deletions', offset)
    if (this.#deletes.length + count > this.#limits.deletesMax)
      reader.refuse('too-many-deletes', 'too many deletions', offset)
    const known = this.#known.deleted.get(client)
    let end = 0
    for (let i = 0; i < count; i++) {
      const range = this.#readDelete(client, end)
      end = range.clock + range.length
      this.#deletes.push(range)
      if (known === undefined) this.#newDeletes.push(range)
      else subtractInto(this.#newDeletes, range, known)
    }
    this.#deletesUpTo(client, end)
  }

  #readDelete(client: number, clockMin: number): ClientRange {
    const reader = this.#reader
    const offset = reader.offset
    const clock = reader.varUint()
    const length = reader.varUint()
    if (length === 0) reader.refuse('empty-delete', 'a deletion of length 0', offset)
    if (clock < clockMin) reader.refuse('delete-order', 'deletions that overlap or do not ascend', offset)
    if (clock + length > clockMax) reader.refuse('clock-too-large', 'a deletion beyond clock 2^48', offset)
    return { client, clock, length }
  }

  /** Deleting what is not there yet would make it vanish when it comes. */
  #deletesUpTo(client: number, end: number): void {
    const known = this.#knownClock(client)
    if (end <= known) return this.#dependencies.require(client, end)
    const section = this.#structs[findSection(this.#structs, client)]
    if (section === undefined || end > section.clock + section.length) this.#lacks(client, known, end - 1)
  }
}
