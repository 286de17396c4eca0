import { describe, expect, test } from 'vitest'
import {
  concatFrames,
  decodeClientFrame,
  decodeRelayFrame,
  encodeClientMessage,
  encodeEntries,
  encodeRelayMessage,
} from './index.ts'

const limits = { frameBytesMax: 1_000 }
const client = (hex: string) => decodeClientFrame(fromHex(hex), limits)
const relay = (hex: string) => decodeRelayFrame(fromHex(hex), limits)
const check = '00112233445566778899aabbccddeeff'

describe('a frame', () => {
  test('may be empty', () => {
    expect(client('')).toEqual({ kind: 'messages', messages: [] })
  })

  test.each([
    ['of unknown type', '7f 03 aabbcc'],
    ['that the other end sends', '4d 01 05'],
    ['of type 0 and without a body', '00 00'],
  ])('a message %s is skipped, the ones around it are read', (_, unknown) => {
    const messages = [
      { type: 'close', session: 3 },
      { type: 'ping', nonce: 5 },
    ]
    expect(client(`07 01 03 ${unknown} 08 01 05`)).toEqual({ kind: 'messages', messages })
  })

  test('fields that a later version adds at the end of a body are skipped', () => {
    expect(client('08 03 05 aabb 07 01 03')).toMatchObject({
      messages: [{ type: 'ping', nonce: 5 }, { type: 'close' }],
    })
  })

  test.each([
    ['ends after the type', '08', 1],
    ['ends in the length', '08 80', 2],
    ['ends in the body', '08 02 05', 2],
    ['has a body that ends before its fields', '05 02 0101 08 01 05', 4],
    ['has a field longer than its body', '03 03 01 05 aa 08 01 05 08 01 05', 4],
    ['has a length that is over-long', '08 81 00 05', 3],
    ['has a number that is over-long', '08 02 80 00', 4],
    ['has a number of 2^53', '08 08 80 80 80 80 80 80 80 10', 10],
    ['has a number of nine bytes', '08 09 ff ff ff ff ff ff ff ff 01', 10],
    ['has text that is not UTF-8', '01 03 01 01 ff', 5],
    ['has text with half a surrogate pair', '01 05 01 03 ed a0 80', 7],
    ['has a boolean of 2', '04 04 01 01 02 00', 5],
    ['announces 2 GB', '08 80 80 80 80 08', 6],
  ])('that %s is malformed, at the byte where reading stopped', (_, hex, offset) => {
    expect(client(hex)).toMatchObject({ kind: 'malformed', code: 'connection/bad-frame', offset })
  })

  test('a fault anywhere in a frame discards the whole frame', () => {
    expect(client('08 01 05 08').kind).toBe('malformed')
  })

  test('text keeps a byte order mark', () => {
    const token = '\ufefftoken'
    const hello = encodeClientMessage({ type: 'hello', version: 1, token })
    expect(decodeClientFrame(hello, limits)).toMatchObject({ messages: [{ token }] })
  })

  test('the largest number is 2^53 - 1', () => {
    const nonce = Number.MAX_SAFE_INTEGER
    expect(client('08 08 ff ff ff ff ff ff ff 0f')).toEqual({
      kind: 'messages',
      messages: [{ type: 'ping', nonce }],
    })
    expect(encodeClientMessage({ type: 'ping', nonce })).toEqual(fromHex('08 08 ff ff ff ff ff ff ff 0f'))
  })

  test.each([
    ['an access of 2', '4a 02 01 02'],
    ['an outcome of 3', '49 03 01 01 03'],
    ['a resume of 3', `42 16 01 01 01 ${check} 01 03`],
    ['an encoding of 2', `43 17 01 01 ${check} 02 01 00 01 aa`],
    ['a snapshot part beyond the end', `43 18 01 01 ${check} 01 01 00 02 aabb`],
    ['no entries', `44 13 01 01 ${check} 00`],
    ['entries from seq 0', `44 14 01 00 ${check} 01 00`],
    ['entries beyond 2^53 - 1', `44 1c 01 ff ff ff ff ff ff ff 0f ${check} 02 00 00`],
    ['more entries than bytes', `44 14 01 01 ${check} 02 00`],
    ['more participants than bytes', '48 06 01 02 01 01 00 01'],
    ['an idle limit below a second', '41 08 01 01 01 01 01 01 e7 07'],
  ])('of a relay with %s is malformed', (_, hex) => {
    expect(relay(hex)).toMatchObject({ kind: 'malformed', code: 'connection/bad-frame' })
  })

  test('an error that a newer relay has added reads as relay/internal, with its message and delay', () => {
    const messages = [{ type: 'go-away', code: 'relay/internal', message: 'hi', retryAfterMs: 6 }]
    expect(relay('4c 06 e707 02 6869 07')).toEqual({ kind: 'messages', messages })
  })
})

describe('byte fields', () => {
  test('are plain views into the frame, wherever the frame lies in its buffer', () => {
    const buffer = Buffer.from(fromHex('ffff 04 06 01 01 00 02 cafe 0000'))
    const decoded = decodeClientFrame(buffer.subarray(2, 10), limits)
    const [push] = decoded.kind === 'messages' ? decoded.messages : []
    if (push?.type !== 'push') throw new Error('a push was expected')
    expect(push.update.buffer).toBe(buffer.buffer)
    expect(Object.getPrototypeOf(push.update)).toBe(Uint8Array.prototype)
    expect(push.update).toEqual(fromHex('cafe'))
  })
})

describe('concatFrames', () => {
  test('returns a single part itself', () => {
    const part = encodeClientMessage({ type: 'ping', nonce: 1 })
    expect(concatFrames([part])).toBe(part)
  })

  test('of nothing is an empty frame', () => {
    expect(concatFrames([])).toEqual(new Uint8Array())
  })
})

describe('encoders', () => {
  test('a part of a larger buffer is encoded as that part', () => {
    const update = fromHex('00 aabb 00').subarray(1, 3)
    expect(encodeEntries(1, 1, check, [update])).toEqual(fromHex(`44 16 01 01 ${check} 01 02 aabb`))
  })

  test.each([
    ['a negative number', () => encodeClientMessage({ type: 'ping', nonce: -1 })],
    ['a fraction', () => encodeClientMessage({ type: 'ping', nonce: 0.5 })],
    ['a number above 2^53 - 1', () => encodeClientMessage({ type: 'ping', nonce: 2 ** 53 })],
    ['a digest of 31 bytes', () => verify(31)],
    ['a check of 31 digits', () => encodeEntries(1, 1, check.slice(1), [fromHex('00')])],
    ['a check in capitals', () => encodeEntries(1, 1, check.toUpperCase(), [fromHex('00')])],
    ['a check with another character', () => encodeEntries(1, 1, check.replace('7', 'g'), [fromHex('00')])],
    ['no entries', () => encodeEntries(1, 1, check, [])],
  ])('fail an assertion on %s', (_, encode) => {
    expect(encode).toThrow(/assertion failed/)
  })

  test.each([
    [null, null],
    [0, 0],
    [0.2, 1],
    [86_400_000, 86_400_000],
    [1e12, 86_400_000],
    [Number.POSITIVE_INFINITY, 86_400_000],
  ])('a delay of %s ms arrives as %s', (retryAfterMs, arrives) => {
    const goAway = encodeRelayMessage({ type: 'go-away', code: 'log/full', message: '', retryAfterMs })
    expect(decodeRelayFrame(goAway)).toMatchObject({ messages: [{ retryAfterMs: arrives }] })
  })

  test('a message for people is cut to its limit, never inside a character', () => {
    const message = `${'x'.repeat(1_022)}é!`
    const encode = (text: string) =>
      encodeRelayMessage({ type: 'go-away', code: 'log/full', message: text, retryAfterMs: 0 })
    expect(decodeRelayFrame(encode(message))).toMatchObject({ messages: [{ message: message.slice(0, -1) }] })
    expect(decodeRelayFrame(encode(`x${message}`))).toMatchObject({
      messages: [{ message: `x${'x'.repeat(1_022)}` }],
    })
  })
})

function verify(digestLength: number): Uint8Array {
  return encodeClientMessage({ type: 'verify', session: 1, seq: 1, digest: new Uint8Array(digestLength) })
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}
