import { ManualClock } from '@tidemark/base/testing'
import { itemsPerFrameMax } from '@tidemark/protocol'
import { expect, test, vi } from 'vitest'
import { Outgoing } from './outgoing.ts'
import { FakeSocket } from './testing/fake-socket.ts'
import { Turn } from './turn.ts'

function setUp(framing: 'joined' | 'single' = 'joined') {
  const socket = new FakeSocket()
  const clock = new ManualClock()
  const onRoom = vi.fn<() => void>()
  const onOverflow = vi.fn<() => void>()
  const limits = { frameBytesMax: 100, bufferedBytesMax: 200, terminateBytesMax: 400 }
  const outgoing = new Outgoing({
    socket,
    turn: new Turn(clock, () => {}),
    limits,
    framing,
    onRoom,
    onOverflow,
  })
  return { socket, clock, outgoing, onRoom, onOverflow }
}

const part = (length: number): Uint8Array => new Uint8Array(length).fill(length)
const lengths = (socket: FakeSocket): number[] => socket.frames.map((frame) => frame.length)

test('[FAN2] the parts of a turn leave as one frame, a single part as it is', () => {
  const { socket, clock, outgoing } = setUp()
  const only = part(10)
  outgoing.add(only, 1)
  expect(socket.frames).toEqual([])
  clock.endTurn()
  expect(socket.frames[0]).toBe(only)
  outgoing.add(part(20), 1)
  outgoing.add(part(30), 1)
  clock.endTurn()
  expect(lengths(socket)).toEqual([10, 50])
})

test('[FAN2] messages that must be frames of their own leave in one write', () => {
  const { socket, clock, outgoing } = setUp('single')
  outgoing.add(part(20), 1)
  outgoing.add(part(30), 1)
  clock.endTurn()
  expect(lengths(socket)).toEqual([20, 30])
  expect(socket.sends).toBe(1)
})

test('[LIM1] a frame keeps within what its reader accepts', () => {
  const { socket, clock, outgoing } = setUp()
  outgoing.add(part(60), 1)
  outgoing.add(part(40), 1)
  outgoing.add(part(1), itemsPerFrameMax - 1)
  outgoing.add(part(2), 1)
  outgoing.add(part(3), 1)
  clock.endTurn()
  expect(lengths(socket)).toEqual([100, 3, 3])
})

test('[FAN3] room ends at half the budget, and the budget is full above it', () => {
  const { socket, clock, outgoing } = setUp()
  socket.stall()
  outgoing.add(part(99), 1)
  expect(outgoing.hasRoom).toBe(true)
  outgoing.add(part(1), 1)
  expect([outgoing.hasRoom, outgoing.isFull]).toEqual([false, false])
  clock.endTurn()
  outgoing.add(part(100), 1)
  expect(outgoing.isFull).toBe(false)
  outgoing.add(part(1), 1)
  expect(outgoing.isFull).toBe(true)
})

test('[FAN3] who waits for room is told when the socket drains below it', () => {
  const { socket, clock, outgoing, onRoom } = setUp()
  socket.attach({ received() {}, heard() {}, closed() {}, drained: () => outgoing.drained() })
  socket.stall()
  for (let i = 0; i < 3; i++) {
    outgoing.add(part(60), 1)
    clock.endTurn()
  }
  expect(onRoom).not.toHaveBeenCalled()
  socket.release(1)
  expect(onRoom).not.toHaveBeenCalled()
  socket.release(1)
  expect(onRoom).toHaveBeenCalledTimes(1)
})

test('[FAN3] who waits for room is told too when the socket never holds anything', () => {
  const { clock, outgoing, onRoom } = setUp()
  outgoing.add(part(99), 1)
  clock.endTurn()
  expect(onRoom).not.toHaveBeenCalled()
  outgoing.add(part(100), 1)
  clock.endTurn()
  expect(onRoom).toHaveBeenCalledTimes(1)
})

test('[LIM1] a reader that takes nothing is given up above the last limit, once', () => {
  const { socket, clock, outgoing, onOverflow } = setUp()
  socket.stall()
  for (let i = 0; i < 4; i++) outgoing.add(part(100), 1)
  expect(onOverflow).not.toHaveBeenCalled()
  outgoing.add(part(1), 1)
  outgoing.add(part(1), 1)
  clock.endTurn()
  expect(onOverflow).toHaveBeenCalledTimes(1)
  expect(socket.bufferedBytes).toBeLessThanOrEqual(400)
})

test('after its end nothing is sent', () => {
  const { socket, clock, outgoing } = setUp()
  outgoing.add(part(5), 1)
  outgoing.end()
  outgoing.add(part(6), 1)
  clock.endTurn()
  expect(lengths(socket)).toEqual([5])
})

test('[FAN3] an answer may be of any size; what piles up beside it, until all is read, may not', () => {
  const { socket, clock, outgoing, onOverflow } = setUp('single')
  socket.stall()
  outgoing.addAnswer(part(1_000))
  clock.endTurn()
  outgoing.add(part(400), 1)
  clock.endTurn()
  expect(onOverflow).not.toHaveBeenCalled()
  outgoing.add(part(1), 1)
  expect(onOverflow).toHaveBeenCalledOnce()
})
