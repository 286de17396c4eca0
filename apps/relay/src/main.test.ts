import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { type LogLine, ProgramProcess } from './testing/program-process.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

/** The program on a free port, killed when the test is over. */
function start(
  args: readonly string[] = [],
  options: { folder?: string; fileBlocksMax?: number } = {},
): ProgramProcess {
  const { folder = temporaryFolder(), ...rest } = options
  const program = new ProgramProcess({ args: ['--port', '0', '--data', folder, ...args], ...rest })
  onTestFinished(async () => {
    program.child.kill('SIGKILL')
    await program.exit
  })
  return program
}

/** A stock y-websocket client's socket: what came, and how it ended. */
function connect(address: string, room: string, token: string) {
  const socket = new WebSocket(`${address.replace('http', 'ws')}/y/${room}?token=${token}`)
  const messages: Buffer[] = []
  socket.on('message', (message: Buffer) => messages.push(message))
  const closed = once(socket, 'close').then(([code]) => code as number)
  return { socket, messages, closed, first: once(socket, 'message') }
}

/** A y-websocket "update" message (type 0, kind 2) that inserts `letters` letters. */
function updateMessage(letters: number): Uint8Array {
  const doc = new Y.Doc()
  doc.getText('t').insert(0, 'x'.repeat(letters))
  const update = Y.encodeStateAsUpdate(doc)
  return Buffer.concat([Uint8Array.of(0, 2, ...lengthBytes(update.length)), update])
}

function lengthBytes(length: number): number[] {
  return length < 128 ? [length] : [(length % 128) + 128, ...lengthBytes(Math.floor(length / 128))]
}

it('tells its health, its figures and nothing about what it is made of', async () => {
  const address = await start().address()
  for (const path of ['/healthz', '/readyz']) {
    const response = await fetch(address + path)
    expect([response.status, await response.json()]).toEqual([200, { state: 'running' }])
    expect(response.headers.get('x-powered-by')).toBeNull()
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  }
  const stats = await fetch(`${address}/stats`)
  expect(await stats.json()).toMatchObject({ state: 'running', connections: 0, documents: 0 })
  expect((await fetch(`${address}/no/such/page`)).status).toBe(404)
})

it('[FAIL4] SIGTERM drains and exits with 0, and the next process serves what was stored', async () => {
  const folder = temporaryFolder()
  const program = start([], { folder })
  const { socket, first, closed } = connect(await program.address(), 'room', '')
  await first
  socket.send(updateMessage(10))
  await program.event('document-created')
  program.child.kill('SIGTERM')
  expect(await program.exit).toBe(0)
  // Not one of the codes that make a stock client give up.
  expect(await closed).toBeLessThan(4400)
  expect(program.lines.map(({ event }) => event).slice(-2)).toEqual(['draining', 'stopped'])

  const again = connect(await start([], { folder }).address(), 'room', '')
  const [stepOne] = (await again.first) as [Buffer]
  expect(Y.decodeStateVector(stepOne.subarray(3)).size).toBe(1)
})

it('a second signal ends it at once', async () => {
  const program = start()
  await program.event('listening')
  // Both arrive while it stands still, so that the drain cannot be faster.
  for (const signal of ['SIGSTOP', 'SIGTERM', 'SIGINT', 'SIGCONT'] as const) program.child.kill(signal)
  await program.exit
  expect(['SIGTERM', 'SIGINT']).toContain(program.child.signalCode)
  expect(program.lines.at(-1)?.event).toBe('stopped-at-once')
})

it('[FAIL2] a disk that fails ends the process with 1', async () => {
  const program = start([], { fileBlocksMax: 1_000 })
  const { socket, first, closed } = connect(await program.address(), 'room', '')
  await first
  socket.send(updateMessage(1_000_000))
  expect(await program.exit).toBe(1)
  await closed
  expect(program.lines.find(({ event }) => event === 'log-failed')).toMatchObject({ level: 'error' })
})

it('[ACC3] SIGHUP reads the tokens file again: who lost access is sent away, who got it is let in', async () => {
  const file = join(temporaryFolder(), 'tokens')
  writeFileSync(file, 'ada:write:secret-of-ada-0001\n')
  const program = start(['--tokens-file', file])
  const address = await program.address()
  const ada = connect(address, 'room', 'secret-of-ada-0001')
  await ada.first
  const early = connect(address, 'room', 'secret-of-bob-0002')
  expect(await early.closed).toBeGreaterThanOrEqual(4400)
  expect(early.messages.filter((message) => message[0] === 0)).toEqual([])

  writeFileSync(file, 'bob:write:secret-of-bob-0002\n')
  program.child.kill('SIGHUP')
  expect(await ada.closed).toBeGreaterThanOrEqual(4400)
  await connect(address, 'room', 'secret-of-bob-0002').first

  writeFileSync(file, 'nonsense')
  program.child.kill('SIGHUP')
  const { error } = await program.event('not-reloaded')
  expect(error).toMatchObject({ message: expect.stringContaining('line 1') })
  await connect(address, 'room', 'secret-of-bob-0002').first
})

it('exits with 1 and says why when it cannot start', async () => {
  const folder = temporaryFolder()
  const first = start([], { folder })
  const { port } = new URL(await first.address())

  const samePort = start(['--port', port])
  expect(await samePort.exit).toBe(1)
  const { event, error: why } = samePort.lines.at(-1) as LogLine
  expect(event).toBe('not-started')
  // What to do about it, the system's own word for it, and no stack.
  expect(why).toEqual({
    message: `port ${port} is taken: choose another with --port, or end what listens there`,
    cause: expect.stringContaining('EADDRINUSE'),
  })

  const noAddress = start(['--host', '192.0.2.1'])
  expect(await noAddress.exit).toBe(1)
  expect(noAddress.stdout).toContain('192.0.2.1 is no address of this machine')

  const sameFolder = start([], { folder })
  expect(await sameFolder.exit).toBe(1)
  expect(sameFolder.lines.at(-1)).toMatchObject({ event: 'not-started', error: { code: 'log/locked' } })

  const noTokens = start(['--tokens-file', join(folder, 'none')])
  expect(await noTokens.exit).toBe(1)
  expect(noTokens.stdout).toContain('cannot be read')
})

it('exits with 2 when it is started wrongly, and with 0 after --help', async () => {
  const wrong = start(['--prot', '1'])
  expect(await wrong.exit).toBe(2)
  expect(wrong.stderr).toBe('tidemark: Unknown option \'--prot\'\nRun "tidemark --help" for all flags.\n')

  const help = start(['--help'])
  expect(await help.exit).toBe(0)
  expect(help.stdout).toContain('--durability fsync|os')
})

it('warns aloud when everybody may write and everybody can reach it', async () => {
  const open = start(['--host', '0.0.0.0'])
  expect(await open.event('open-access')).toMatchObject({ level: 'error' })
  const quiet = start(['--host', '0.0.0.0', '--token', 'ada:write:short'])
  await quiet.event('listening')
  expect(quiet.lines.map(({ event }) => event)).toEqual(['weak-secret', 'listening'])
})
