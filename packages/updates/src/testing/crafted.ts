import { encode, writeByte, writeBytes, writeNumbers, writeString } from './scratch.ts'

/*
 * Yjs V1 updates that Yjs would not write, part by part. Nothing is checked: that is what they are for.
 */

export type Id = readonly [client: number, clock: number]

export interface CraftedSection {
  readonly client: number
  readonly clock: number
  readonly structs: readonly Uint8Array[]
}

export interface CraftedDeletes {
  readonly client: number
  readonly ranges: readonly (readonly [clock: number, length: number])[]
}

export interface CraftedItem {
  readonly origin?: Id
  readonly rightOrigin?: Id
  /** The name of a root type, or the id of an item; only written when there is no origin. */
  readonly parent?: string | Id
  readonly key?: string
  readonly content: CraftedContent
}

export interface CraftedContent {
  readonly kind: number
  readonly bytes: Uint8Array
}

export function craftUpdate(
  sections: readonly CraftedSection[],
  deletes: readonly CraftedDeletes[] = [],
): Uint8Array {
  return encode(() => {
    writeNumbers(sections.length)
    for (const section of sections) writeSection(section)
    writeNumbers(deletes.length)
    for (const { client, ranges } of deletes) {
      writeNumbers(client, ranges.length)
      for (const [clock, length] of ranges) writeNumbers(clock, length)
    }
  })
}

function writeSection({ client, clock, structs }: CraftedSection): void {
  writeNumbers(structs.length, client, clock)
  for (const struct of structs) writeBytes(struct)
}

/** An item; in the root type `t` unless it says where. */
export function craftItem({ origin, rightOrigin, parent = 't', key, content }: CraftedItem): Uint8Array {
  return encode(() => {
    const flags = (origin ? 0x80 : 0) | (rightOrigin ? 0x40 : 0) | (key === undefined ? 0 : 0x20)
    writeByte(flags | content.kind)
    if (origin) writeNumbers(...origin)
    if (rightOrigin) writeNumbers(...rightOrigin)
    if (!origin && !rightOrigin) writeParent(parent, key)
    writeBytes(content.bytes)
  })
}

function writeParent(parent: string | Id, key: string | undefined): void {
  if (typeof parent === 'string') {
    writeNumbers(1)
    writeString(parent)
  } else {
    writeNumbers(0, ...parent)
  }
  if (key !== undefined) writeString(key)
}

/** Text in the root type `t`, the shortest whole item there is. */
export function craftText(text: string, where: Omit<CraftedItem, 'content'> = {}): Uint8Array {
  return craftItem({ ...where, content: textContent(text) })
}

export function craftCollected(length: number): Uint8Array {
  return encode(() => writeNumbers(0, length))
}

export function deletedContent(length: number): CraftedContent {
  return { kind: 1, bytes: encode(() => writeNumbers(length)) }
}

export function jsonContent(...texts: string[]): CraftedContent {
  return { kind: 2, bytes: encodeStrings(texts.length, texts) }
}

export function bytesContent(bytes: Uint8Array): CraftedContent {
  return { kind: 3, bytes: concat(numbers(bytes.length), bytes) }
}

export function textContent(text: string): CraftedContent {
  return { kind: 4, bytes: encode(() => writeString(text)) }
}

export function embedContent(json: string): CraftedContent {
  return { kind: 5, bytes: encode(() => writeString(json)) }
}

export function formatContent(key: string, json: string): CraftedContent {
  return { kind: 6, bytes: concat(encodeString(key), encodeString(json)) }
}

export function typeContent(ref: number, name?: string): CraftedContent {
  return { kind: 7, bytes: concat(numbers(ref), name === undefined ? numbers() : encodeString(name)) }
}

/** Values in lib0's encoding, given as bytes. */
export function valueContent(...values: Uint8Array[]): CraftedContent {
  return { kind: 8, bytes: concat(numbers(values.length), ...values) }
}

export function subdocumentContent(guid: string, options: Uint8Array): CraftedContent {
  return { kind: 9, bytes: concat(encodeString(guid), options) }
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  return encode(() => {
    for (const part of parts) writeBytes(part)
  })
}

/** lib0's unsigned numbers, one after the other. */
export function numbers(...values: number[]): Uint8Array {
  return encode(() => writeNumbers(...values))
}

function encodeString(text: string): Uint8Array {
  return encode(() => writeString(text))
}

function encodeStrings(count: number, texts: readonly string[]): Uint8Array {
  return concat(numbers(count), ...texts.map(encodeString))
}
