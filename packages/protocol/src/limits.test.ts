import { describe, expect, test } from 'vitest'
import {
  assertConnectionLimits,
  type ClientMessage,
  concatFrames,
  connectionLimitsHardMax,
  decodeClientFrame,
  decodeRelayFrame,
  defaultConnectionLimits,
  documentFieldBytesMax,
  encodeClientMessage,
  encodeEntries,
  encodeRelayMessage,
  frameBytesHardMax,
  idleMsMin,
  itemsPerFrameMax,
  messageOverheadBytesMax,
  presenceBytesHardMax,
  type RelayMessage,
  retryAfterMsMax,
  snapshotBytesMax,
  snapshotPartBytesMax,
  stateVectorBytesMax,
  textBytesMax,
  tokenBytesMax,
  updateBytesMin,
} from './index.ts'
import { clientTypes, relayTypes } from './message-types.ts'
import { encodeMessage, putByte, putBytes, putHex, putRaw, putUint, type Writer } from './writer.ts'

const check = 'ab'.repeat(16)
const bytes = (length: number) => new Uint8Array(length)
const letters = (length: number) => 'x'.repeat(length)

/** A message as somebody would send it who does not keep to the limits: our encoders refuse to. */
function forged(type: number, putBody: (writer: Writer) => void): Uint8Array {
  return encodeMessage<null>(type, putBody, null)
}

const hugeFrame = { frameBytesMax: 1 << 30 }

describe('[LIM1] a length at its limit is read, one above it is malformed', () => {
  const fromClient: [string, number, (length: number) => ClientMessage, (length: number) => Uint8Array][] = [
    [
      'token',
      tokenBytesMax,
      (length) => ({ type: 'hello', version: 1, token: letters(length) }),
      (length) => forged(clientTypes.hello, (w) => (putUint(w, 1), putBytes(w, bytes(length)))),
    ],
    [
      'document id',
      documentFieldBytesMax,
      (length) => ({ type: 'open', session: 1, document: letters(length), access: 'read', cursor: null }),
      (length) =>
        forged(
          clientTypes.open,
          (w) => (putUint(w, 1), putBytes(w, bytes(length)), putByte(w, 0), putByte(w, 0)),
        ),
    ],
    [
      'state vector',
      stateVectorBytesMax,
      (length) => ({ type: 'state', session: 1, stateVector: bytes(length) }),
      (length) => forged(clientTypes.state, (w) => (putUint(w, 1), putBytes(w, bytes(length)))),
    ],
    [
      'presence',
      presenceBytesHardMax,
      (length) => ({ type: 'presence-update', session: 1, id: 1, state: bytes(length) }),
      (length) =>
        forged(
          clientTypes['presence-update'],
          (w) => (putUint(w, 1), putUint(w, 1), putBytes(w, bytes(length))),
        ),
    ],
  ]

  test.each(fromClient)('%s of a client', (_, max, message, forge) => {
    expect(decodeClientFrame(encodeClientMessage(message(max)), hugeFrame).kind).toBe('messages')
    expect(decodeClientFrame(forge(max), hugeFrame).kind).toBe('messages')
    expect(decodeClientFrame(forge(max + 1), hugeFrame)).toMatchObject({ reason: 'above its limit' })
    expect(() => encodeClientMessage(message(max + 1))).toThrow(/assertion failed/)
  })

  const part = (totalBytes: number, length: number): RelayMessage => {
    return {
      type: 'snapshot-part',
      session: 1,
      seq: 1,
      check,
      encoding: 'v1',
      totalBytes,
      offset: 0,
      bytes: bytes(length),
    }
  }
  const forgedPart = (totalBytes: number, length: number) =>
    forged(relayTypes['snapshot-part'], (w) => {
      putUint(w, 1)
      putUint(w, 1)
      putHex(w, check)
      putByte(w, 0)
      putUint(w, totalBytes)
      putUint(w, 0)
      putBytes(w, bytes(length))
    })
  const fromRelay: [string, number, (length: number) => RelayMessage, (length: number) => Uint8Array][] = [
    ['snapshot', snapshotBytesMax, (length) => part(length, 1), (length) => forgedPart(length, 1)],
    [
      'snapshot part',
      snapshotPartBytesMax,
      (length) => part(snapshotBytesMax, length),
      (length) => forgedPart(snapshotBytesMax, length),
    ],
    [
      'state vector of a resync',
      stateVectorBytesMax,
      (length) => ({ type: 'resync', session: 1, batch: 1, stateVector: bytes(length) }),
      (length) =>
        forged(relayTypes.resync, (w) => (putUint(w, 1), putUint(w, 1), putBytes(w, bytes(length)))),
    ],
    [
      'presence',
      presenceBytesHardMax,
      (length) => ({
        type: 'presence-changed',
        channel: 1,
        entries: [{ id: 1, clock: 1, state: bytes(length) }],
      }),
      (length) =>
        forged(
          relayTypes['presence-changed'],
          (w) => (putRaw(w, bytes(1)), putUint(w, 1), putRaw(w, bytes(2)), putBytes(w, bytes(length))),
        ),
    ],
  ]

  test.each(fromRelay)('%s of a relay', (_, max, message, forge) => {
    expect(decodeRelayFrame(encodeRelayMessage(message(max)), hugeFrame).kind).toBe('messages')
    expect(decodeRelayFrame(forge(max), hugeFrame).kind).toBe('messages')
    expect(decodeRelayFrame(forge(max + 1), hugeFrame)).toMatchObject({ reason: 'above its limit' })
    expect(() => encodeRelayMessage(message(max + 1))).toThrow(/assertion failed/)
  })

  test('text for people', () => {
    const goAway = (length: number) =>
      forged(relayTypes['go-away'], (w) => (putUint(w, 1), putBytes(w, bytes(length)), putUint(w, 0)))
    expect(decodeRelayFrame(goAway(textBytesMax)).kind).toBe('messages')
    expect(decodeRelayFrame(goAway(textBytesMax + 1))).toMatchObject({ reason: 'above its limit' })
  })

  test('delay', () => {
    const goAway = (delayMs: number) =>
      forged(relayTypes['go-away'], (w) => (putUint(w, 1), putBytes(w, bytes(0)), putUint(w, delayMs + 1)))
    expect(decodeRelayFrame(goAway(retryAfterMsMax)).kind).toBe('messages')
    expect(decodeRelayFrame(goAway(retryAfterMsMax + 1))).toMatchObject({ reason: 'above its limit' })
  })

  test('frame', () => {
    const ping = encodeClientMessage({ type: 'ping', nonce: 1 })
    expect(decodeClientFrame(ping, { frameBytesMax: ping.length }).kind).toBe('messages')
    expect(decodeClientFrame(ping, { frameBytesMax: ping.length - 1 })).toMatchObject({
      kind: 'malformed',
      code: 'connection/frame-too-large',
    })
  })

  test('frame of a relay, unless the client says otherwise', () => {
    expect(decodeRelayFrame(bytes(frameBytesHardMax + 1))).toMatchObject({
      code: 'connection/frame-too-large',
    })
  })
})

describe('[LIM1] the items of a frame are counted together', () => {
  const tooMany = { kind: 'malformed', reason: 'too many items' }
  const pongs = (count: number) => new Uint8Array(3 * count).map((_, i) => [relayTypes.pong, 1, 7][i % 3]!)
  const unknown = (count: number) => new Uint8Array(2 * count).map((_, i) => [0x7f, 0][i % 2]!)
  const entries = (count: number) =>
    encodeEntries(
      1,
      1,
      check,
      Array.from({ length: count }, () => new Uint8Array()),
    )
  const presences = (count: number) => {
    const gone = { id: 1, clock: 1, state: bytes(0) }
    return encodeRelayMessage({
      type: 'presence-changed',
      channel: 1,
      entries: Array.from({ length: count }, () => gone),
    })
  }

  test.each([
    ['messages', pongs],
    ['messages of unknown type', unknown],
  ])('%s', (_, frame) => {
    expect(decodeRelayFrame(frame(itemsPerFrameMax)).kind).toBe('messages')
    expect(decodeRelayFrame(frame(itemsPerFrameMax + 1))).toMatchObject(tooMany)
  })

  test.each([
    ['updates', entries],
    ['participants', presences],
  ])('%s, with the messages around them', (_, message) => {
    expect(decodeRelayFrame(message(itemsPerFrameMax - 1)).kind).toBe('messages')
    expect(decodeRelayFrame(concatFrames([message(itemsPerFrameMax - 1), pongs(1)]))).toMatchObject(tooMany)
    expect(() => message(itemsPerFrameMax)).toThrow(/assertion failed/)
  })

  test('an announced count takes no memory before its bytes are there', () => {
    const counts = forged(relayTypes.entries, (w) => {
      putUint(w, 1)
      putUint(w, 1)
      putHex(w, check)
      putUint(w, itemsPerFrameMax - 1)
    })
    expect(decodeRelayFrame(counts)).toMatchObject({ kind: 'malformed', reason: 'truncated' })
  })
})

describe('limits of a connection', () => {
  test('the defaults and the hard limits hold together', () => {
    expect(() => assertConnectionLimits(defaultConnectionLimits)).not.toThrow()
    expect(() => assertConnectionLimits(connectionLimitsHardMax)).not.toThrow()
  })

  test.each(Object.entries(connectionLimitsHardMax))('%s may not exceed its hard limit', (name, max) => {
    expect(() => assertConnectionLimits({ ...connectionLimitsHardMax, [name]: max + 1 })).toThrow(name)
    expect(() => assertConnectionLimits({ ...connectionLimitsHardMax, [name]: 0 })).toThrow(name)
    expect(() => assertConnectionLimits({ ...connectionLimitsHardMax, [name]: 1.5 })).toThrow(name)
  })

  test('an update of the largest size fits a frame with the largest numbers around it', () => {
    const largest = Number.MAX_SAFE_INTEGER
    const push = {
      type: 'push',
      session: largest,
      batch: largest,
      recovery: true,
      update: bytes(2 ** 25),
    } as const
    expect(encodeClientMessage(push).length).toBeLessThanOrEqual(2 ** 25 + messageOverheadBytesMax)
    expect(encodeEntries(largest, largest - 1, check, [bytes(2 ** 25)]).length).toBeLessThanOrEqual(
      2 ** 25 + messageOverheadBytesMax,
    )
    const limits = {
      ...defaultConnectionLimits,
      updateBytesMax: updateBytesMin,
      frameBytesMax: updateBytesMin + messageOverheadBytesMax,
    }
    expect(() => assertConnectionLimits(limits)).not.toThrow()
    expect(() => assertConnectionLimits({ ...limits, updateBytesMax: updateBytesMin + 1 })).toThrow(
      /frameBytesMax/,
    )
    expect(() => assertConnectionLimits({ ...limits, updateBytesMax: updateBytesMin - 1 })).toThrow(
      /updateBytesMax/,
    )
  })

  test('idle limits below a second are refused on both sides', () => {
    const limits = { ...defaultConnectionLimits, idleMsMax: idleMsMin }
    expect(() => assertConnectionLimits(limits)).not.toThrow()
    expect(() => assertConnectionLimits({ ...limits, idleMsMax: idleMsMin - 1 })).toThrow(/idleMsMax/)
    expect(decodeRelayFrame(encodeRelayMessage({ type: 'welcome', version: 1, limits })).kind).toBe(
      'messages',
    )
  })
})
