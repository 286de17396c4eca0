import * as Y from 'yjs'

/** Clocks `clock` to `clock + length - 1` of one client. */
export interface Range {
  readonly client: number
  readonly clock: number
  readonly length: number
}

/** What an update adds and deletes, as Yjs itself decodes it: the oracles share no code with what they judge. */
export interface Effect {
  readonly structs: readonly Range[]
  readonly deletes: readonly Range[]
}

export function effectOf(update: Uint8Array, version: 1 | 2 = 1): Effect {
  const { structs, ds } = version === 1 ? Y.decodeUpdate(update) : Y.decodeUpdateV2(update)
  const deletes: Range[] = []
  for (const [client, items] of ds.clients) {
    for (const { clock, len } of items) deletes.push({ client, clock, length: len })
  }
  return {
    structs: structs
      .filter((struct) => !(struct instanceof Y.Skip))
      .map(({ id, length }) => ({ client: id.client, clock: id.clock, length })),
    deletes,
  }
}

/** The structs and deletions that some storage holds, whatever updates they came in. */
export class Contents {
  readonly #structs = new RangeSet()
  readonly #deletes = new RangeSet()

  learn({ structs, deletes }: Effect): void {
    for (const range of structs) this.#structs.add(range)
    for (const range of deletes) this.#deletes.add(range)
  }

  has({ structs, deletes }: Effect): boolean {
    return (
      structs.every((range) => this.#structs.has(range)) && deletes.every((range) => this.#deletes.has(range))
    )
  }
}

/** Per client: disjoint ranges [start, end), ascending. */
class RangeSet {
  readonly #clients = new Map<number, [number, number][]>()

  add({ client, clock, length }: Range): void {
    const ranges = this.#clients.get(client) ?? []
    this.#clients.set(client, ranges)
    const last = ranges.at(-1)
    if (last === undefined || clock > last[1]) ranges.push([clock, clock + length])
    else if (clock >= last[0]) last[1] = Math.max(last[1], clock + length)
    else this.#clients.set(client, merged([...ranges, [clock, clock + length]]))
  }

  has({ client, clock, length }: Range): boolean {
    const ranges = this.#clients.get(client) ?? []
    return ranges.some(([start, end]) => start <= clock && clock + length <= end)
  }
}

function merged(ranges: [number, number][]): [number, number][] {
  const result: [number, number][] = []
  for (const [start, end] of ranges.sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1)
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end)
    else result.push([start, end])
  }
  return result
}
