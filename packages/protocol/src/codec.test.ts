import type { Access, Cursor } from '@tidemark/base'
import { errorCodes } from '@tidemark/base'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ClientMessage,
  concatFrames,
  type DecodedFrame,
  decodeClientFrame,
  decodeRelayFrame,
  encodeClientMessage,
  encodeRelayMessage,
  itemsPerFrameMax,
  type RelayMessage,
} from './index.ts'

const limits = { frameBytesMax: 1_048_576 }

// Every message, with numbers of all sizes and texts of all characters.

function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true })
}

const uint = fc.oneof(fc.nat(300), fc.nat(), fc.maxSafeNat())
const seq = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 2 ** 52 }))
const bytes = fc.uint8Array({ maxLength: 200 })
const hex = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((raw) => Buffer.from(raw).toString('hex'))
const text = fc.string({ unit: 'binary', maxLength: 60 })
const access = fc.constantFrom<Access>('read', 'write')
const cursor = fc.option(record<Cursor>({ lineage: hex, seq: uint, check: hex }))
const failure = {
  code: fc.constantFrom(...errorCodes),
  message: text,
  retryAfterMs: fc.option(fc.nat(86_400_000)),
}

const clientMessages: { [T in ClientMessage['type']]: fc.Arbitrary<Extract<ClientMessage, { type: T }>> } = {
  hello: record({ type: fc.constant('hello'), version: uint, token: text }),
  open: record({ type: fc.constant('open'), session: uint, document: text, access, cursor }),
  state: record({ type: fc.constant('state'), session: uint, stateVector: bytes }),
  push: record({
    type: fc.constant('push'),
    session: uint,
    batch: uint,
    recovery: fc.boolean(),
    update: bytes,
  }),
  'presence-update': record({ type: fc.constant('presence-update'), session: uint, id: uint, state: bytes }),
  verify: record({
    type: fc.constant('verify'),
    session: uint,
    seq: uint,
    digest: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  }),
  close: record({ type: fc.constant('close'), session: uint }),
  ping: record({ type: fc.constant('ping'), nonce: uint }),
}

const relayMessages: { [T in RelayMessage['type']]: fc.Arbitrary<Extract<RelayMessage, { type: T }>> } = {
  welcome: record({
    type: fc.constant('welcome'),
    version: uint,
    limits: record({
      frameBytesMax: uint,
      updateBytesMax: uint,
      windowBytesMax: uint,
      sessionsMax: uint,
      presenceBytesMax: uint,
      idleMsMax: fc.integer({ min: 1000, max: 2 ** 40 }),
    }),
  }),
  opened: record({
    type: fc.constant('opened'),
    session: uint,
    channel: uint,
    access,
    lineage: hex,
    head: uint,
    resume: fc.oneof(
      record({ kind: fc.constantFrom('tail', 'snapshot') }),
      record({ kind: fc.constant('resync'), stateVector: bytes }),
    ),
  }),
  'snapshot-part': record({
    session: uint,
    seq: uint,
    check: hex,
    encoding: fc.constantFrom('v1', 'v2-deflate'),
    offset: fc.nat(1000),
    bytes,
  }).map((part) => ({ type: 'snapshot-part', ...part, totalBytes: part.offset + part.bytes.length })),
  entries: record({
    type: fc.constant('entries'),
    channel: uint,
    first: seq,
    check: hex,
    updates: fc.array(bytes, { minLength: 1, maxLength: 5 }),
  }),
  ack: record({ type: fc.constant('ack'), session: uint, batch: uint, first: uint, last: uint, check: hex }),
  refused: record({ type: fc.constant('refused'), session: uint, batch: uint, ...failure }),
  resync: record({ type: fc.constant('resync'), session: uint, batch: uint, stateVector: bytes }),
  'presence-changed': record({
    type: fc.constant('presence-changed'),
    channel: uint,
    entries: fc.array(record({ id: uint, clock: uint, state: bytes }), { maxLength: 4 }),
  }),
  verified: record({
    type: fc.constant('verified'),
    session: uint,
    seq: uint,
    outcome: fc.constantFrom('equal', 'different', 'unknown'),
  }),
  'access-changed': record({ type: fc.constant('access-changed'), session: uint, access }),
  closed: record({ type: fc.constant('closed'), session: uint, ...failure }),
  'go-away': record({ type: fc.constant('go-away'), ...failure }),
  pong: record({ type: fc.constant('pong'), nonce: uint }),
}

const anyClientMessage = fc.oneof<fc.Arbitrary<ClientMessage>[]>(...Object.values(clientMessages))
const anyRelayMessage = fc.oneof<fc.Arbitrary<RelayMessage>[]>(...Object.values(relayMessages))

describe('what is encoded is decoded', () => {
  test.each(Object.entries(clientMessages))('%s, from a client', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<ClientMessage>, (message) => {
        const decoded = decodeClientFrame(encodeClientMessage(message), limits)
        expect(decoded).toStrictEqual({ kind: 'messages', messages: [message] })
      }),
    )
  })

  test.each(Object.entries(relayMessages))('%s, from a relay', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<RelayMessage>, (message) => {
        const decoded = decodeRelayFrame(encodeRelayMessage(message), limits)
        expect(decoded).toStrictEqual({ kind: 'messages', messages: [message] })
      }),
    )
  })

  test('several messages in one frame, in order', () => {
    const someClientMessages = fc.array(anyClientMessage, { maxLength: 8 })
    const someRelayMessages = fc.array(anyRelayMessage, { maxLength: 8 })
    fc.assert(
      fc.property(someClientMessages, someRelayMessages, (fromClient, fromRelay) => {
        const up = concatFrames(fromClient.map(encodeClientMessage))
        const down = concatFrames(fromRelay.map(encodeRelayMessage))
        expect(decodeClientFrame(up, limits)).toStrictEqual({ kind: 'messages', messages: fromClient })
        expect(decodeRelayFrame(down, limits)).toStrictEqual({ kind: 'messages', messages: fromRelay })
      }),
    )
  })

  test('no message carries a byte that its reader does not need', () => {
    const isMalformedShortened = (encoded: Uint8Array, decode: Decode) => {
      const body = bodyOf(encoded).slice(0, -1)
      const shortened = new Uint8Array([encoded[0]!, ...leb128(body.length), ...body])
      expect(decode(shortened, limits).kind).toBe('malformed')
    }
    fc.assert(
      fc.property(anyClientMessage, (m) => isMalformedShortened(encodeClientMessage(m), decodeClientFrame)),
    )
    fc.assert(
      fc.property(anyRelayMessage, (m) => isMalformedShortened(encodeRelayMessage(m), decodeRelayFrame)),
    )
  })
})

type Decode = (
  frame: Uint8Array,
  limits: { frameBytesMax: number },
) => DecodedFrame<ClientMessage | RelayMessage>

describe('[LIM1] 100,000 hostile frames', () => {
  test('give messages or a reason, within their own bytes, in bounded time', () => {
    const seed = 20261122
    const random = mulberry32(seed)
    const samples = { seed, numRuns: 400 }
    const frames = [
      ...fc.sample(fc.array(anyClientMessage, { minLength: 1, maxLength: 5 }), samples).map((messages) => ({
        decode: decodeClientFrame as Decode,
        frame: concatFrames(messages.map(encodeClientMessage)),
      })),
      ...fc.sample(fc.array(anyRelayMessage, { minLength: 1, maxLength: 5 }), samples).map((messages) => ({
        decode: decodeRelayFrame as Decode,
        frame: concatFrames(messages.map(encodeRelayMessage)),
      })),
    ]
    const kinds = { messages: 0, malformed: 0 }
    const startedMs = performance.now()
    for (let run = 0; run < 100_000; run++) {
      const { decode, frame } = pick(frames, random)
      const mutated = mutate(frame, pick(frames, random).frame, random)
      const before = mutated.slice()
      const decoded = decode(mutated, limits)
      kinds[decoded.kind]++
      assertContained(decoded, mutated)
      if (Buffer.compare(before, mutated) !== 0)
        throw new Error(`run ${run} of seed ${seed} changed its frame`)
    }
    // Half a second on a slow machine. The bound is for a decoder that hangs or goes quadratic.
    expect(performance.now() - startedMs).toBeLessThan(10_000)
    expect(kinds.messages).toBeGreaterThan(10_000)
    expect(kinds.malformed).toBeGreaterThan(10_000)
  })
})

/** Every byte field is a view of the frame, and what was decoded is no larger than the frame. */
function assertContained(decoded: DecodedFrame<ClientMessage | RelayMessage>, frame: Uint8Array): void {
  if (decoded.kind === 'malformed') {
    if (decoded.offset > frame.length) throw new Error(`stopped at ${decoded.offset} of ${frame.length}`)
    return
  }
  let bytesHeld = 0
  let items = 0
  const visit = (value: unknown): void => {
    if (typeof value === 'string') bytesHeld += value.length
    if (typeof value !== 'object' || value === null) return
    if (value instanceof Uint8Array) {
      if (value.buffer !== frame.buffer) throw new Error('a byte field was copied')
      bytesHeld += value.length
      return
    }
    if (Array.isArray(value)) items += value.length
    for (const [key, field] of Object.entries(value)) if (!namesOfCases.has(key)) visit(field)
  }
  visit(decoded.messages)
  // Hex digits are two characters for a byte.
  if (bytesHeld > 2 * frame.length) throw new Error(`${bytesHeld} bytes out of ${frame.length}`)
  if (items > Math.min(frame.length, itemsPerFrameMax))
    throw new Error(`${items} items out of ${frame.length} bytes`)
}

/** Fields whose strings are constants of the program, not bytes of the frame. */
const namesOfCases = new Set(['type', 'kind', 'code', 'access', 'encoding', 'outcome'])

type Mutation = (frame: Uint8Array, other: Uint8Array, random: () => number) => Uint8Array

const inflatedLengths = [127, 128, 65_536, 2 ** 28, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 56].map(
  leb128,
)

const mutations: Mutation[] = [
  function flipBits(frame, _other, random) {
    const flipped = frame.slice()
    for (let n = 1 + below(8, random); n > 0; n--)
      flipped[below(frame.length, random)]! ^= 1 << below(8, random)
    return flipped
  },
  function truncate(frame, _other, random) {
    return frame.slice(0, below(frame.length, random))
  },
  function insertPartOfAnother(frame, other, random) {
    return splice(frame, below(frame.length, random), 0, randomPart(other, random))
  },
  function replaceByPartOfAnother(frame, other, random) {
    const part = randomPart(other, random)
    return splice(frame, below(frame.length, random), part.length, part)
  },
  function inflateLength(frame, _other, random) {
    return splice(frame, below(frame.length, random), 1, pick(inflatedLengths, random))
  },
  function inflateFirstLength(frame, _other, random) {
    return splice(frame, 1, 1, pick(inflatedLengths, random))
  },
  function deletePart(frame, _other, random) {
    return splice(frame, below(frame.length, random), 1 + below(16, random), [])
  },
  function randomBytes(frame, _other, random) {
    return Uint8Array.from({ length: below(2 * frame.length, random) }, () => below(256, random))
  },
  function randomBody(frame, _other, random) {
    const body = Uint8Array.from({ length: below(60, random) }, () => below(256, random))
    return new Uint8Array([frame[0]!, body.length, ...body])
  },
]

function mutate(frame: Uint8Array, other: Uint8Array, random: () => number): Uint8Array {
  const mutated = pick(mutations, random)(frame, other, random)
  return random() < 0.2 && mutated.length > 0 ? pick(mutations, random)(mutated, other, random) : mutated
}

function splice(frame: Uint8Array, at: number, remove: number, insert: ArrayLike<number>): Uint8Array {
  return concatFrames([frame.slice(0, at), Uint8Array.from(insert), frame.slice(at + remove)])
}

function randomPart(frame: Uint8Array, random: () => number): Uint8Array {
  const start = below(frame.length, random)
  return frame.slice(start, start + 1 + below(40, random))
}

function pick<T>(values: readonly T[], random: () => number): T {
  return values[below(values.length, random)]!
}

function below(max: number, random: () => number): number {
  return Math.floor(random() * max)
}

function bodyOf(message: Uint8Array): Uint8Array {
  const lengthEnd = message.findIndex((byte, index) => index > 0 && byte < 128) + 1
  return message.slice(lengthEnd)
}

function leb128(value: number): number[] {
  const groups: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) groups.push((rest % 128) + 128)
  return [...groups, rest]
}

function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
