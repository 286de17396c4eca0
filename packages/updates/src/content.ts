import { readJson, readJsonOrUndefined } from './json.ts'
import type { InspectLimits } from './limits.ts'
import type { Reader } from './reader.ts'
import { readText } from './utf8.ts'
import { objectTag, readValue } from './value.ts'

/** The kinds of struct in Yjs (13.6, `Item.js` and `UpdateDecoder.js`): the lower five bits of a struct's first byte. */
export const gcKind = 0
const deletedKind = 1
const jsonKind = 2
const binaryKind = 3
const stringKind = 4
const embedKind = 5
const formatKind = 6
const typeKind = 7
const anyKind = 8
const docKind = 9
export const skipKind = 10

const typeRefMax = 6
const xmlElementRef = 3
const xmlHookRef = 5

/** Reads the content of an item and returns its length in clocks, as Yjs counts them; at least 1. */
export function readContent(reader: Reader, kind: number, limits: InspectLimits): number {
  switch (kind) {
    case stringKind:
      return mustNotBeEmpty(reader, readText(reader))
    case deletedKind:
      return mustNotBeEmpty(reader, reader.varUint())
    case anyKind:
      return readValues(reader, limits.depthMax)
    case jsonKind:
      return readJsons(reader, limits.depthMax)
    default:
      readSingle(reader, kind, limits.depthMax)
      return 1
  }
}

/** An empty struct can be integrated, but what it leaves in the document can never be loaded again. */
export function mustNotBeEmpty(reader: Reader, length: number): number {
  if (length === 0) reader.refuse('empty-struct', 'a struct of length 0')
  return length
}

function readSingle(reader: Reader, kind: number, depthMax: number): void {
  switch (kind) {
    case binaryKind:
      reader.skip(reader.varUint())
      return
    case embedKind:
      return readJson(reader, depthMax)
    case formatKind:
      readText(reader)
      return readJson(reader, depthMax)
    case typeKind:
      return readType(reader)
    case docKind:
      return readSubdocument(reader, depthMax)
    default:
      return reader.refuse('struct-kind', `no struct is of kind ${kind}`, reader.offset - 1)
  }
}

function readValues(reader: Reader, depthMax: number): number {
  const count = mustNotBeEmpty(reader, reader.count(1))
  for (let i = 0; i < count; i++) readValue(reader, depthMax)
  return count
}

function readJsons(reader: Reader, depthMax: number): number {
  const count = mustNotBeEmpty(reader, reader.count(1))
  for (let i = 0; i < count; i++) readJsonOrUndefined(reader, depthMax)
  return count
}

function readType(reader: Reader): void {
  const ref = reader.varUint()
  if (ref > typeRefMax) reader.refuse('type', `no shared type has the number ${ref}`)
  if (ref === xmlElementRef || ref === xmlHookRef) readText(reader)
}

/** Yjs reads the options as an object: `null` would throw, a number would be taken for one without options. */
function readSubdocument(reader: Reader, depthMax: number): void {
  readText(reader)
  if (reader.bytes[reader.offset] !== objectTag) reader.refuse('subdocument', 'options that are no object')
  readValue(reader, depthMax)
}
