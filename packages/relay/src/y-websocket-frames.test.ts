import { expect, test } from 'vitest'
import {
  decodeYWebsocketFrame,
  encodeAwareness,
  encodePermissionDenied,
  encodeStep1,
  encodeStep2,
  encodeUpdate,
  yWebsocketItemsMax,
} from './y-websocket-frames.ts'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

test.each([
  [encodeStep1(bytes(9, 8)), [0, 0, 2, 9, 8], { type: 'step1', stateVector: bytes(9, 8) }],
  [encodeStep2(bytes(7)), [0, 1, 1, 7], { type: 'step2', update: bytes(7) }],
  [encodeUpdate(bytes(7)), [0, 2, 1, 7], { type: 'update', update: bytes(7) }],
  [
    encodeAwareness([
      { id: 300, clock: 2, state: text('{}') },
      { id: 1, clock: 3, state: bytes() },
    ]),
    [1, 14, 2, 172, 2, 2, 2, 123, 125, 1, 3, 4, 110, 117, 108, 108],
    {
      type: 'awareness',
      entries: [
        { id: 300, clock: 2, state: text('{}') },
        { id: 1, clock: 3, state: bytes() },
      ],
    },
  ],
])('the bytes of stock clients: %#', (encoded, golden, message) => {
  expect([...encoded]).toEqual(golden)
  expect(decodeYWebsocketFrame(encoded)).toEqual([message])
})

test('a sign of life is the smallest message there is', () => {
  expect([...encodeAwareness([])]).toEqual([1, 1, 0])
})

test('several messages of a frame are read in order', () => {
  const frame = bytes(...encodeStep1(bytes(0)), 3, ...encodeUpdate(bytes(1)))
  expect(decodeYWebsocketFrame(frame)?.map(({ type }) => type)).toEqual([
    'step1',
    'query-awareness',
    'update',
  ])
})

test('what only relays send, and what is unknown, ends the frame without a fault', () => {
  expect(decodeYWebsocketFrame(encodePermissionDenied('no'))).toEqual([])
  expect(decodeYWebsocketFrame(bytes(3, 99, 1, 2))?.map(({ type }) => type)).toEqual(['query-awareness'])
})

test('[LIM1] a frame cannot announce more than it has, nor hold more than its share of small things', () => {
  const view = new Uint8Array(1_000).fill(7).subarray(10, 14)
  view.set([0, 2, 5, 7])
  expect(decodeYWebsocketFrame(view)).toBeNull()
  expect(decodeYWebsocketFrame(new Uint8Array(yWebsocketItemsMax).fill(3))?.length).toBe(yWebsocketItemsMax)
  expect(decodeYWebsocketFrame(new Uint8Array(yWebsocketItemsMax + 1).fill(3))).toBeNull()
  // Awareness entries share that room: many messages of many entries are no way around it.
  const entries = Array.from({ length: 64 }, (_, id) => ({ id, clock: 1, state: bytes(123, 125) }))
  const full = encodeAwareness(entries)
  const times = (count: number): Uint8Array => bytes(...Array.from({ length: count }, () => [...full]).flat())
  expect(decodeYWebsocketFrame(times(63))?.length).toBe(63)
  expect(decodeYWebsocketFrame(times(64))).toBeNull()
  // The same within the body of awareness: what lies behind it is another message, or another's.
  const awareness = new Uint8Array(1_000).fill(32).subarray(10, 17)
  awareness.set([1, 5, 1, 1, 1, 100, 123])
  expect(decodeYWebsocketFrame(awareness)).toBeNull()
  expect(decodeYWebsocketFrame(bytes(1, 5, 255, 255, 255, 255, 15))).toBeNull()
})

test('[LIM1] mutated frames give messages or null, and never more bytes than they have', () => {
  let seed = 7
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return (seed >>> 8) % below
  }
  const honest = [
    encodeStep1(bytes(1, 2, 3)),
    encodeUpdate(new Uint8Array(40)),
    encodeAwareness([{ id: 1, clock: 1, state: text('{"a":1}') }]),
  ]
  for (let i = 0; i < 20_000; i++) {
    const frame = Uint8Array.from(honest[random(honest.length)] as Uint8Array)
    for (let j = random(3); j >= 0; j--) frame[random(frame.length)] = random(256)
    const view = frame.subarray(0, 1 + random(frame.length))
    for (const message of decodeYWebsocketFrame(view) ?? []) {
      if ('update' in message) expect(message.update.length).toBeLessThan(view.length)
    }
  }
})
