import * as Y from 'yjs'

/** One struct of an update, unit by unit: a unit is what takes one clock. */
export interface Struct {
  readonly client: number
  readonly clock: number
  /** What stands at each clock, as text that is equal for equal content; null where it was deleted and is gone. */
  readonly units: readonly (string | null)[]
  /** Where the author put it: neighbours and parent. null: gone with the content. */
  readonly place: string | null
}

/** What an update carries, as Yjs itself decodes it. */
export function structsOf(update: Uint8Array): readonly Struct[] {
  return Y.decodeUpdate(update)
    .structs.filter((struct) => !(struct instanceof Y.Skip))
    .map((struct) => {
      const { client, clock } = struct.id
      if (!(struct instanceof Y.Item)) return { client, clock, units: gone(struct.length), place: null }
      return { client, clock, units: unitsOf(struct), place: placeOf(struct) }
    })
}

function unitsOf({ content, length }: Y.Item): readonly (string | null)[] {
  if (content instanceof Y.ContentDeleted) return gone(length)
  // A clock is one UTF-16 unit.
  if (content instanceof Y.ContentString) return content.str.split('')
  if (content instanceof Y.ContentAny || content instanceof Y.ContentJSON)
    return content.arr.map((value: unknown) => `value ${shown(value)}`)
  if (content instanceof Y.ContentFormat) return [`format ${content.key} ${shown(content.value)}`]
  if (content instanceof Y.ContentEmbed) return [`embed ${shown(content.embed)}`]
  if (content instanceof Y.ContentBinary) return [`bytes ${Buffer.from(content.content).toString('hex')}`]
  if (content instanceof Y.ContentType) return [`type ${content.type.constructor.name}`]
  return Array.from({ length }, () => `content ${content.getRef()}`)
}

function placeOf({ origin, rightOrigin, parent, parentSub }: Y.Item): string {
  return JSON.stringify([origin, rightOrigin, origin || rightOrigin ? null : parent, parentSub])
}

function gone(length: number): readonly null[] {
  return Array.from({ length: Math.min(length, unitsMax) }, () => null)
}

/** A struct may claim 2^48 clocks in a few bytes. */
const unitsMax = 100_000

function shown(value: unknown): string {
  return value === undefined ? 'undefined' : JSON.stringify(value)
}
