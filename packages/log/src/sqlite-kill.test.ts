import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSqliteLogInProcess } from './testing/in-process-threads.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'
import { documentsWritten, entryAt } from './testing/written.ts'
import type { Entry } from './update-log.ts'

// A real process on a real disk. What it says is acknowledged must be there after it was killed, however it was killed.
// TIDEMARK_KILL_ROUNDS=100 asks for as many kills.

const rounds = Number(process.env['TIDEMARK_KILL_ROUNDS'] ?? 3)
const seed = 20_261_122

let folder: string
let remove: () => void
let child: ChildProcess | null = null

beforeEach(() => {
  ;({ folder, remove } = temporaryFolder())
})
afterEach(() => {
  child?.kill('SIGKILL')
  remove()
})

/** The moments at which to kill: after so many acknowledged entries. */
function* killMoments(): Generator<number> {
  let state = seed
  for (let round = 0; round < rounds; round++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield 1 + (state % 1500)
  }
}

function startWriting(): ChildProcess {
  const program = fileURLToPath(new URL('./testing/append-until-killed.ts', import.meta.url))
  const tsx = ['--conditions=@tidemark/source', '--import', 'tsx']
  return spawn(process.execPath, [...tsx, program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** Lets a process write until it has acknowledged `count` entries and kills it; adds what it said to `acknowledged`. */
async function writeUntilKilled(count: number, acknowledged: Map<string, string>): Promise<void> {
  child = startWriting()
  const exit = once(child, 'exit')
  let lines = 0
  for await (const line of createInterface({ input: child.stdout! })) {
    const [document, seq, check] = line.split(' ')
    // A kill may cut the last line short; what is not whole was not said.
    if (check?.length === 32) acknowledged.set(`${document} ${seq}`, check)
    if (++lines === count) child.kill('SIGKILL')
  }
  expect(await exit).toEqual([null, 'SIGKILL'])
}

/** Whether this is the entry that was written as `seq`, with the check that was told if it was acknowledged. */
function isWritten(entry: Entry, document: string, seq: number, told = entry.check): boolean {
  const { author, timeMs, update } = entryAt(document, seq)
  return (
    entry.seq === seq &&
    entry.check === told &&
    entry.author === author &&
    entry.timeMs === timeMs &&
    Buffer.compare(entry.update, update) === 0
  )
}

test(
  '[ACK1] after kill -9 in the midst of appends everything acknowledged is there, intact and in order',
  async () => {
    const acknowledged = new Map<string, string>()
    for (const moment of killMoments()) {
      await writeUntilKilled(moment, acknowledged)
      const log = await openSqliteLogInProcess({ folder })
      for (const document of documentsWritten) {
        const state = await log.load(document)
        const entries = state === null ? [] : await log.read(document, 0, 2 ** 30)
        // One expectation for all: thousands of them take seconds.
        const wrong = entries.filter(
          (entry, at) => !isWritten(entry, document, at + 1, acknowledged.get(`${document} ${entry.seq}`)),
        )
        expect(wrong).toEqual([])
        // Still to be found in every later round.
        for (const { seq, check } of entries) acknowledged.set(`${document} ${seq}`, check)
        const last = [...acknowledged.keys()].filter((key) => key.startsWith(`${document} `)).length
        expect(entries).toHaveLength(last)
      }
      await log.close()
    }
    expect(acknowledged.size).toBeGreaterThan(rounds)
  },
  20_000 + 10_000 * rounds,
)

test('a second process is kept out, until the first is killed', async () => {
  child = startWriting()
  await once(child.stdout!, 'data')
  await expect(openSqliteLogInProcess({ folder })).rejects.toMatchObject({ code: 'log/locked' })
  child.stdout!.resume()
  child.kill('SIGKILL')
  await once(child, 'exit')
  const log = await openSqliteLogInProcess({ folder })
  expect(await log.list(null, 10)).toEqual([...documentsWritten].sort())
  await log.close()
}, 30_000)
