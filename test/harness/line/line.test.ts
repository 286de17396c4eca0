import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../until.ts'
import { healthy } from './conditions.ts'
import { Line, linksMax } from './line.ts'
import { heldBytesMax } from './pipe.ts'

/** A line with somebody at each end, and what each of them has received. */
async function ends(): Promise<{ line: Line; near: End; far: End; dial: () => Promise<Socket> }> {
  const accepted: Socket[] = []
  const server = createServer((socket) => accepted.push(socket.on('error', () => {})))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const line = await Line.open((server.address() as AddressInfo).port)
  const dial = async (): Promise<Socket> => {
    const socket = connect({ port: Number(new URL(line.url).port), host: '127.0.0.1', noDelay: true })
    await once(
      socket.on('error', () => {}),
      'connect',
    )
    return socket
  }
  onTestFinished(async () => {
    await line.close()
    for (const socket of accepted) socket.destroy()
    server.close()
  })
  const near = new End(await dial())
  await until('the connection has come through', () => accepted.length === 1)
  return { line, near, far: new End(accepted[0] as Socket), dial }
}

class End {
  readonly chunks: Buffer[] = []
  closed = false
  readonly socket: Socket

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('close', () => (this.closed = true))
    socket.on('data', (bytes) => this.chunks.push(bytes))
  }

  get received(): Buffer {
    return Buffer.concat(this.chunks)
  }

  get length(): number {
    return this.chunks.reduce((length, chunk) => length + chunk.length, 0)
  }

  async has(bytes: number): Promise<Buffer> {
    await until(`${bytes} bytes are there`, () => this.length >= bytes)
    return this.received
  }
}

const bytesOf = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, at) => at % 251))

test('a healthy line carries both ways, and an end is passed on after what was sent before', async () => {
  const { near, far } = await ends()
  const large = bytesOf(3_000_000)
  far.socket.write('down')
  near.socket.end(large)
  expect((await near.has(4)).toString()).toBe('down')
  expect((await far.has(large.length)).equals(large)).toBe(true)
  await until('the other end is told', () => near.closed && far.closed)
})

test('a slow line delivers late, in order and whole', async () => {
  const { line, near, far } = await ends()
  line.conditions = { ...healthy, delayMs: 60 }
  const sentMs = performance.now()
  for (const word of ['one ', 'two ', 'three']) near.socket.write(word)
  expect((await far.has(13)).toString()).toBe('one two three')
  expect(performance.now() - sentMs).toBeGreaterThanOrEqual(59)
})

test('a dripping line delivers the same bytes, one at a time', async () => {
  const { line, near, far } = await ends()
  line.conditions = { ...healthy, pieceBytes: 1 }
  near.socket.write(bytesOf(50))
  expect((await far.has(50)).equals(bytesOf(50))).toBe(true)
  // The kernel may put neighbours together again, but hardly all of them.
  expect(far.chunks.length).toBeGreaterThan(10)
})

test('a cut after byte n lets exactly n bytes through, and tells both ends', async () => {
  const { line, near, far } = await ends()
  near.socket.write(bytesOf(100))
  await far.has(100)
  line.conditions = { ...healthy, cutAfterBytes: 137 }
  near.socket.write(bytesOf(100))
  await until('both are told', () => near.closed && far.closed)
  expect(far.received).toHaveLength(137)
  expect(line.links).toBe(0)
})

test('a blackhole takes one way only, and gives up what it held when the line is healed', async () => {
  const { line, near, far } = await ends()
  line.conditions = { ...healthy, blackhole: 'up' }
  near.socket.write('held')
  far.socket.write('down')
  await near.has(4)
  expect(far.received).toHaveLength(0)
  expect(near.closed).toBe(false)
  line.heal()
  expect((await far.has(4)).toString()).toBe('held')
})

test('what a line holds back is bounded: at the limit the sender is not read from any more', async () => {
  const { line, near, far } = await ends()
  line.conditions = { ...healthy, blackhole: 'up' }
  const large = bytesOf(8_000_000)
  near.socket.write(large)
  await until('it is full', () => line.heldBytes >= heldBytesMax)
  expect(line.heldBytes).toBeLessThan(heldBytesMax + 64 * 1024 + 1)
  line.heal()
  expect((await far.has(large.length)).equals(large)).toBe(true)
})

test('half-open: the far end is gone, the near one learns of it when the line is healed', async () => {
  const { line, near, far } = await ends()
  line.halfOpen()
  await until('the far end is told', () => far.closed)
  near.socket.write('into the void')
  expect(near.closed).toBe(false)
  line.heal()
  await until('the near end is told', () => near.closed)
  expect(line.links).toBe(0)
})

test('afterNextAnswer runs once, with the answer on its way', async () => {
  const { line, near, far } = await ends()
  let calls = 0
  line.afterNextAnswer(() => calls++)
  near.socket.write('question')
  await far.has(8)
  expect(calls).toBe(0)
  far.socket.write('answer')
  await near.has(6)
  far.socket.write('another')
  await near.has(13)
  expect(calls).toBe(1)
})

test('a line has a bounded number of connections', async () => {
  const { line, dial } = await ends()
  const sockets = await Promise.all(Array.from({ length: linksMax - 1 }, dial))
  const oneTooMany = new End(await dial())
  await until('it is refused', () => oneTooMany.closed)
  expect(line.links).toBe(linksMax)
  for (const socket of sockets) socket.destroy()
})

test('who dials while there is no relay is refused', async () => {
  const { line } = await ends()
  await line.close()
  const nobody = await Line.open(1)
  onTestFinished(() => nobody.close())
  const near = new End(connect({ port: Number(new URL(nobody.url).port), host: '127.0.0.1' }))
  near.socket.on('error', () => {})
  await until('it is told', () => near.closed)
})
