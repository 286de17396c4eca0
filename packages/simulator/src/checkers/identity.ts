import type { DocumentId, Lineage, Principal } from '@tidemark/base'
import type { NewEntry } from '@tidemark/log'
import { isPlainPush, isStock, principalOf } from '../oracle/author.ts'
import { structsOf } from '../oracle/units.ts'
import { Violation } from '../oracle/violation.ts'
import type { Scene } from '../scene.ts'
import type { Checker } from './checker.ts'

const everybody = Symbol('everybody')

/** What was written under one client id of one document, ever. */
interface Written {
  /** Who was the first to write there with a plain push; null as long as nobody has, everybody for a stock client's. */
  owner: Principal | typeof everybody | null
  /** Who brought the first of it, in whatever way. */
  readonly bringer: Principal
  /** What each clock holds; null: deleted before it came. */
  readonly units: (string | null)[]
  /** Where the struct that begins at a clock was put; of what was cut off there or merged nobody asks. */
  readonly places: Map<number, string>
}

/**
 * S11: what one client wrote at one clock is one content, at one place, of one principal, over the whole history: also when the log
 * lost it and was given it back. A document that was made afresh has another history.
 */
export function createIdentity(scene: Scene): Checker {
  const histories = new Map<Lineage, Map<number, Written>>()

  function take(document: DocumentId, lineage: Lineage, entry: NewEntry): void {
    const clients = histories.get(lineage) ?? new Map<number, Written>()
    histories.set(lineage, clients)
    const writer = writerOf(entry)
    for (const { client, clock, units, place } of structsOf(entry.update)) {
      const written: Written = clients.get(client) ?? {
        owner: null,
        bringer: principalOf(entry.author),
        units: [],
        places: new Map(),
      }
      clients.set(client, written)
      written.owner ??= writer
      if (typeof writer === 'string' && typeof written.owner === 'string' && writer !== written.owner)
        throw new Violation('S11', `${document}: ${writer} wrote under client ${client} of ${written.owner}`)
      if (mayRewrite(document, written)) {
        written.units.fill(null, clock, clock + units.length)
        for (let i = 0; i < units.length; i++) written.places.delete(clock + i)
      }
      // Some strangers write a megabyte at once: an iterator of pairs would cost more than all that is done with them.
      for (let i = 0; i < units.length; i++)
        takeUnit(document, written.units, client, clock + i, units[i] ?? null)
      if (place !== null) takePlace(document, written.places, client, clock, place)
    }
  }

  /** What the log has lost of its own a liar can write anew, with another content: nobody could tell. */
  function mayRewrite(document: DocumentId, { bringer }: Written): boolean {
    return scene.log.lossesOf(document) > 0 && scene.strangers.some(({ name }) => name === bringer)
  }

  scene.disk.watch({
    appended(document, { lineage, entries }) {
      for (const entry of entries) take(document, lineage, entry)
    },
  })
  return {}
}

function takeUnit(
  document: DocumentId,
  units: (string | null)[],
  client: number,
  clock: number,
  unit: string | null,
): void {
  const before = units[clock] ?? null
  if (before !== null && unit !== null && before !== unit)
    throw new Violation('S11', `${document}: clock ${clock} of client ${client} was ${before} and is ${unit}`)
  units[clock] = unit ?? before
}

/** The same content between other neighbours is another edit: replicas that hold one of each never read the same. */
function takePlace(
  document: DocumentId,
  places: Map<number, string>,
  client: number,
  clock: number,
  place: string,
): void {
  const before = places.get(clock) ?? place
  if (before !== place)
    throw new Violation(
      'S11',
      `${document}: clock ${clock} of client ${client} stood at ${before}, and at ${place}`,
    )
  places.set(clock, place)
}

/** As the relay marks it: what was given back is nobody's by that, what a stock client brings is everybody's. */
function writerOf({ author }: NewEntry): Written['owner'] {
  if (isPlainPush(author)) return principalOf(author)
  return isStock(author) ? everybody : null
}
