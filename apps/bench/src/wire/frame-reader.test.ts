import { expect, it } from 'vitest'
import { encodeFrame, FrameReader, opcodes } from './frame-reader.ts'

/** A client's frame as a server would send it: without the mask. */
function fromServer(payload: Buffer): Buffer {
  const masked = encodeFrame(opcodes.binary, payload)
  const headerBytes = masked.length - payload.length - 4
  masked[1] = (masked[1] as number) & 0x7f
  return Buffer.concat([masked.subarray(0, headerBytes), payload])
}

it.each([1, 2, 3, 7, 1_000, 1_000_000])(
  'frames of all lengths come out whole, from chunks of %d bytes',
  (size) => {
    const payloads = [0, 1, 125, 126, 65_535, 65_536].map((length) => Buffer.alloc(length, length & 255))
    const stream = Buffer.concat(payloads.map(fromServer))
    const read: Buffer[] = []
    const reader = new FrameReader((_opcode, payload) => read.push(Buffer.from(payload)))
    for (let at = 0; at < stream.length; at += size) reader.take(stream.subarray(at, at + size))
    expect(read.map(({ length }) => length)).toEqual(payloads.map(({ length }) => length))
    expect(read.every((payload, at) => payload.equals(payloads[at] as Buffer))).toBe(true)
  },
)

it('a masked frame is no server’s', () => {
  const reader = new FrameReader(() => {})
  expect(() => reader.take(encodeFrame(opcodes.binary, Buffer.of(1)))).toThrow('mask')
})
