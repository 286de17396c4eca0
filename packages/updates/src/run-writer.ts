import { type Encoder, write, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import type {
  AbstractType,
  ContentAny,
  ContentBinary,
  ContentDoc,
  ContentEmbed,
  ContentFormat,
  ContentJSON,
  ContentString,
  ContentType,
  Item,
} from 'yjs'
import { writeCanonicalJson, writeCanonicalValue } from './canonical-value.ts'
import { writeTypeName } from './yjs-structs.ts'

const endTag = 0
const idTag = 1
const deletedTag = 2
const textTag = 3
const valueTag = 4
const jsonTag = 5
const bytesTag = 6
const embedTag = 7
const formatTag = 8
const typeTag = 9
const subdocumentTag = 10

/**
 * Writes lists of items for the digest: a stream of units that does not tell where one item ends and the next begins.
 *
 *     list = (id? run)* end        an id stands only where the next unit does not follow the one before
 *     run  = deleted length | text | value | ...
 *
 * Neighbouring deleted units, and neighbouring text, are gathered until something else comes.
 */
export class RunWriter {
  readonly #encoder: Encoder
  /** Where types that are found in a list are put, to be written later. */
  readonly #types: AbstractType<unknown>[]
  // The id that the next unit has if it follows.
  #client = -1
  #clock = 0
  // What was gathered: at most one of them.
  #deleted = 0
  #text = ''

  constructor(encoder: Encoder, types: AbstractType<unknown>[]) {
    this.#encoder = encoder
    this.#types = types
  }

  /** The list that begins with `first`, up to its end. */
  writeList(first: Item | null): void {
    this.#client = -1
    for (let item = first; item !== null; item = item.right) this.#writeItem(item)
    this.#flush()
    write(this.#encoder, endTag)
  }

  /** All that was ever set under a key: the last one is the entry, what it replaced lies to its left. */
  writeEntry(last: Item | null): void {
    let first = last
    while (first?.left) first = first.left
    this.writeList(first)
  }

  #writeItem(item: Item): void {
    const { client, clock } = item.id
    if (client !== this.#client || clock !== this.#clock) this.#writeId(client, clock)
    if (item.deleted) this.#writeDeleted(item.length)
    else this.#writeContent(item)
    this.#client = client
    this.#clock = clock + item.length
  }

  #writeId(client: number, clock: number): void {
    this.#tag(idTag)
    writeVarUint(this.#encoder, client)
    writeVarUint(this.#encoder, clock)
  }

  #writeDeleted(length: number): void {
    if (this.#text !== '') this.#flush()
    this.#deleted += length
  }

  #writeText(text: string): void {
    if (this.#deleted > 0) this.#flush()
    this.#text += text
  }

  /** The kinds are those of `contentRefs` in Yjs's Item.js. */
  #writeContent({ content }: Item): void {
    switch (content.getRef()) {
      case 4:
        return this.#writeText((content as ContentString).str)
      case 8:
        return this.#writeValues((content as ContentAny).arr)
      case 2:
        return this.#writeJsons((content as ContentJSON).arr)
      case 3:
        this.#tag(bytesTag)
        return writeVarUint8Array(this.#encoder, (content as ContentBinary).content)
      case 5:
        this.#tag(embedTag)
        return writeCanonicalJson(this.#encoder, (content as ContentEmbed).embed)
      case 6:
        return this.#writeFormat(content as ContentFormat)
      case 7:
        return this.#writeType((content as ContentType).type)
      case 9:
        return this.#writeSubdocument((content as ContentDoc).doc.guid)
      default:
        throw new TypeError(`an item of kind ${content.getRef()} that is not deleted`)
    }
  }

  #writeValues(values: readonly unknown[]): void {
    for (const value of values) {
      this.#tag(valueTag)
      writeCanonicalValue(this.#encoder, value)
    }
  }

  #writeJsons(values: readonly unknown[]): void {
    for (const value of values) {
      this.#tag(jsonTag)
      writeCanonicalJson(this.#encoder, value)
    }
  }

  #writeFormat({ key, value }: ContentFormat): void {
    this.#tag(formatTag)
    writeVarString(this.#encoder, key)
    writeCanonicalJson(this.#encoder, value)
  }

  #writeType(type: AbstractType<unknown>): void {
    this.#tag(typeTag)
    writeTypeName(this.#encoder, type)
    this.#types.push(type)
  }

  /** Options that came with the update can make the guid anything. */
  #writeSubdocument(guid: unknown): void {
    this.#tag(subdocumentTag)
    writeVarString(this.#encoder, String(guid))
  }

  #tag(tag: number): void {
    this.#flush()
    write(this.#encoder, tag)
  }

  #flush(): void {
    if (this.#deleted > 0) {
      write(this.#encoder, deletedTag)
      writeVarUint(this.#encoder, this.#deleted)
      this.#deleted = 0
    } else if (this.#text !== '') {
      write(this.#encoder, textTag)
      writeVarString(this.#encoder, this.#text)
      this.#text = ''
    }
  }
}
