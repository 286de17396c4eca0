import { readFileSync } from 'node:fs'
import { errorCodes } from '@tidemark/base'
import { describe, expect, test } from 'vitest'
import {
  type ClientMessage,
  clientTypes,
  decodeClientFrame,
  decodeRelayFrame,
  encodeClientMessage,
  encodeRelayMessage,
  errorCodeOf,
  errorNumber,
  type RelayMessage,
  relayTypes,
} from './index.ts'

interface Golden<M> {
  readonly name: string
  readonly hex: string
  readonly message: M
}

interface Fixtures {
  readonly client: readonly Golden<ClientMessage>[]
  readonly relay: readonly Golden<RelayMessage>[]
  readonly errors: Readonly<Record<string, number>>
}

const limits = { frameBytesMax: 100_000 }
const fixtures = JSON.parse(
  readFileSync(new URL('../fixtures/v1.json', import.meta.url), 'utf8'),
  // Byte fields stand as `{"hex": "..."}` in the file.
  (_, value) => (typeof value?.hex === 'string' && !value.message ? fromHex(value.hex) : value),
) as Fixtures

describe('released bytes', () => {
  test.each(fixtures.client)('of a client decode and encode for ever: $name', ({ hex, message }) => {
    expect(decodeClientFrame(fromHex(hex), limits)).toEqual({ kind: 'messages', messages: [message] })
    expect(toHex(encodeClientMessage(message))).toBe(hex)
  })

  test.each(fixtures.relay)('of a relay decode and encode for ever: $name', ({ hex, message }) => {
    expect(decodeRelayFrame(fromHex(hex), limits)).toEqual({ kind: 'messages', messages: [message] })
    expect(toHex(encodeRelayMessage(message))).toBe(hex)
  })

  test('every message has a fixture', () => {
    expect(new Set(fixtures.client.map(({ message }) => message.type))).toEqual(
      new Set(Object.keys(clientTypes)),
    )
    expect(new Set(fixtures.relay.map(({ message }) => message.type))).toEqual(
      new Set(Object.keys(relayTypes)),
    )
  })

  test('no two messages share a type', () => {
    const types = [...Object.values(clientTypes), ...Object.values(relayTypes)]
    expect(new Set<number>(types).size).toBe(types.length)
  })
})

describe('error numbers', () => {
  test('are as released, and every code has one of its own', () => {
    expect(Object.fromEntries(errorCodes.map((code) => [code, errorNumber(code)]))).toEqual(fixtures.errors)
    expect(new Set(Object.values(fixtures.errors)).size).toBe(errorCodes.length)
  })

  test.each(errorCodes)('%s comes back from its number', (code) => {
    expect(errorCodeOf(errorNumber(code))).toBe(code)
  })

  test('a number that is not known yet reads as relay/internal', () => {
    expect(errorCodeOf(errorCodes.length)).toBe('relay/internal')
  })
})

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
