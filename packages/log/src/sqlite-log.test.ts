import { EventEmitter } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { TidemarkError } from '@tidemark/base'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AppendReader, packOutcomes } from './batch.ts'
import { testUpdateLog } from './conformance.ts'
import { loadSqlite } from './sqlite-driver.ts'
import { databasePath } from './sqlite-folder.ts'
import { openSqliteLog, readsMax, SqliteLog } from './sqlite-log.ts'
import type { SqliteLogOptions } from './sqlite-log-options.ts'
import type { ReaderRequest, WriterReply, WriterRequest } from './sqlite-messages.ts'
import { opened, type SqliteThreads } from './sqlite-threads.ts'
import { openSqliteLogInProcess } from './testing/in-process-threads.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'
import type { Append, Receipt, UpdateLog } from './update-log.ts'
import type { Outcome } from './write.ts'

testUpdateLog('SqliteLog', async () => {
  const { folder, remove } = temporaryFolder()
  const copies: { remove(): void; folder: string }[] = []
  let log = await openSqliteLogInProcess({ folder })
  return {
    log,
    reopen: async () => {
      await log.close()
      log = await openSqliteLogInProcess({ folder })
      return log
    },
    copy: () => {
      const copy = temporaryFolder()
      copies.push(copy)
      for (const name of readdirSync(folder)) copyFileSync(join(folder, name), join(copy.folder, name))
      return async () => {
        await log.close()
        rmSync(folder, { recursive: true })
        mkdirSync(folder)
        for (const name of readdirSync(copy.folder)) copyFileSync(join(copy.folder, name), join(folder, name))
        log = await openSqliteLogInProcess({ folder })
        return log
      }
    },
    close: async () => {
      await log.close()
      remove()
      for (const copy of copies) copy.remove()
    },
  }
})

const lineage = 'a1'.repeat(16)

/** As a program of format 1 left it: three entries of one document, the first compacted away. */
const formatOne = `
  CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE documents(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, lineage TEXT NOT NULL,
    crc INTEGER NOT NULL) STRICT;
  CREATE TABLE entries(gid INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL, seq INTEGER NOT NULL,
    crc INTEGER NOT NULL, time REAL NOT NULL, author TEXT NOT NULL, mark BLOB NOT NULL, body BLOB NOT NULL) STRICT;
  CREATE UNIQUE INDEX entries_by_seq ON entries(document, seq);
  CREATE TABLE snapshots(document INTEGER NOT NULL, seq INTEGER NOT NULL, crc INTEGER NOT NULL,
    body_crc INTEGER NOT NULL, time REAL NOT NULL, mark BLOB NOT NULL, summary BLOB NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY(document, seq)) STRICT;
  CREATE TABLE deleted(document INTEGER PRIMARY KEY) STRICT;
  PRAGMA application_id = 0x54696465;
  PRAGMA user_version = 1;
  INSERT INTO meta VALUES('secret', x'${'07'.repeat(32)}');
  INSERT INTO documents VALUES(1, 'notes', '${lineage}', 1858165953);
  INSERT INTO entries VALUES(2, 1, 2, 4197114231, 5, 'anna', x'f941c26d69498ef7ba36389f7fdfd559', x'02');
  INSERT INTO entries VALUES(3, 1, 3, 2596435184, 5, 'anna', x'e280337fc795a6f75bc704aa721e1f1f', x'03');
  INSERT INTO snapshots VALUES(1, 1, 2022769880, 2768625435, 5, x'f8d3a26901ca7ef7ee8d13164a9bfd4e', x'01', x'01');
  INSERT INTO snapshots VALUES(1, 2, 545587250, 1007455905, 5, x'f941c26d69498ef7ba36389f7fdfd559', x'02', x'02');
`

function appendOf(after: number, ...updates: readonly Uint8Array[]): Append {
  return { lineage, after, entries: updates.map((update) => ({ update, author: 'anna', timeMs: 1 })) }
}

describe('SqliteLog on a disk', () => {
  let folder: string
  let remove: () => void
  let log: SqliteLog

  beforeEach(() => {
    ;({ folder, remove } = temporaryFolder())
  })
  afterEach(async () => {
    await log.close()
    remove()
  })

  async function open(options: Partial<SqliteLogOptions> = {}): Promise<void> {
    log = await openSqliteLogInProcess({ folder, ...options })
  }

  /** Flips a bit of the first of these bytes, wherever in the closed database they lie. */
  async function flip(bytes: Uint8Array): Promise<void> {
    await log.close()
    const path = databasePath(folder)
    const file = readFileSync(path)
    const at = file.indexOf(bytes)
    expect(at).toBeGreaterThan(0)
    file[at]! ^= 1
    writeFileSync(path, file)
    await open()
  }

  const text = (name: string): Uint8Array => Buffer.from(`the bytes of ${name}`)

  test('[R3] a log of format 1, which had no epochs, is read and written on, and its cursors go on', async () => {
    const sqlite = await loadSqlite()
    const database = sqlite(databasePath(folder))
    database.exec(formatOne)
    database.close()
    await open()
    expect(await log.load('notes')).toMatchObject({ head: 3, floor: 1, snapshot: { seq: 2 } })
    expect((await log.read('notes', 1, 1000)).map((entry) => [...entry.update])).toEqual([[2], [3]])
    const before = { lineage, seq: 3, check: 'e280337fc795a6f75bc704aa721e1f1f' }
    expect(await log.judge('notes', before)).toBe('held')
    const { checks } = await log.append('notes', appendOf(3, text('since'), text('then')))
    const since = { lineage, seq: 4, check: checks[0]! }
    await log.close()
    await open()
    for (const seq of [4, 5]) {
      const parts = { summary: text(`summary ${seq}`), body: text(`body ${seq}`), timeMs: 1 }
      await log.writeSnapshot('notes', lineage, { seq, check: checks[seq - 4]!, ...parts })
    }
    await log.trim('notes', lineage, 4)
    expect(await log.judge('notes', since)).toBe('held')
    // It was issued without an epoch: below the floor nothing tells what became of it.
    expect(await log.judge('notes', before)).toBe('unknown')
  })

  describe('[FAIL3] a flipped bit', () => {
    beforeEach(async () => {
      await open()
      for (const id of ['a', 'b']) {
        await log.create(id, lineage)
        await log.append(id, appendOf(0, text(`${id}1`), text(`${id}2`), text(`${id}3`)))
      }
    })

    test('in an entry halts its document and no other', async () => {
      await flip(text('a2'))
      await expect(log.read('a', 0, 1000)).rejects.toMatchObject({ code: 'log/corrupt' })
      const cursor = { lineage, seq: 2, check: 'c'.repeat(32) }
      await expect(log.judge('a', cursor)).rejects.toMatchObject({ code: 'log/corrupt' })
      expect(await log.read('a', 2, 1000)).toMatchObject([{ seq: 3 }])
      expect(await log.read('b', 0, 1000)).toHaveLength(3)
    })

    test('in the last entry halts its document on loading, and nothing is appended to it', async () => {
      await flip(text('a3'))
      await expect(log.load('a')).rejects.toMatchObject({ code: 'log/corrupt' })
      await expect(log.append('a', appendOf(3, text('a4')))).rejects.toMatchObject({ code: 'log/corrupt' })
      expect(await log.append('b', appendOf(3, text('b4')))).toMatchObject({ head: 4 })
    })

    test('in the epochs of a document halts it, and nothing is appended to it', async () => {
      await log.close()
      // The first seq of an epoch: 4 as a double.
      await open()
      await log.append('a', appendOf(3, text('a4')))
      await flip(Buffer.from('4010000000000000', 'hex'))
      await expect(log.load('a')).rejects.toMatchObject({ code: 'log/corrupt' })
      await expect(log.append('a', appendOf(4, text('a5')))).rejects.toMatchObject({ code: 'log/corrupt' })
      expect(await log.load('b')).toMatchObject({ head: 3 })
    })

    test('in the row of the document halts it; it can still be deleted', async () => {
      await log.create('c', 'c0ffee'.padEnd(32, '0'))
      await flip(Buffer.from('c0ffee'))
      await expect(log.load('c')).rejects.toMatchObject({ code: 'log/corrupt' })
      await log.delete('c')
      expect(await log.load('c')).toBeNull()
    })

    async function writeSnapshots(...seqs: readonly number[]): Promise<void> {
      for (const seq of seqs) {
        const check = (await log.read('a', seq - 1, 1))[0]!.check
        const parts = { summary: text(`summary ${seq}`), body: text(`body ${seq}`) }
        await log.writeSnapshot('a', lineage, { seq, check, ...parts, timeMs: 1 })
      }
    }

    test.each(['body', 'summary'])(
      'in the %s of the latest snapshot: the one before is served',
      async (part) => {
        await writeSnapshots(1, 2)
        await flip(text(`${part} 2`))
        expect(await log.readSnapshot('a')).toMatchObject({ seq: 1 })
        expect(await log.load('a')).toMatchObject({ snapshot: { seq: part === 'body' ? 2 : 1 } })
      },
    )

    test('in the latest snapshot: it is replaced, and the one before is kept', async () => {
      await writeSnapshots(1, 2)
      await flip(text('body 2'))
      expect(await log.trim('a', lineage, 3)).toBe(0)
      await writeSnapshots(3)
      expect(await log.readSnapshot('a')).toMatchObject({ seq: 3 })
      expect(await log.trim('a', lineage, 3)).toBe(1)
      await flip(text('body 3'))
      expect(await log.readSnapshot('a')).toMatchObject({ seq: 1 })
      expect(await log.read('a', 1, 1000)).toHaveLength(2)
    })

    test('in every snapshot: nothing is served', async () => {
      await writeSnapshots(1, 2)
      await flip(text('body 1'))
      await flip(text('body 2'))
      await expect(log.readSnapshot('a')).rejects.toMatchObject({ code: 'log/corrupt' })
    })

    test('in the summaries of a trimmed log: what stood for its beginning is gone', async () => {
      await writeSnapshots(1, 2)
      await log.trim('a', lineage, 1)
      await flip(text('summary 2'))
      expect(await log.load('a')).toMatchObject({ floor: 1, snapshot: { seq: 1 } })
      await flip(text('summary 1'))
      await expect(log.load('a')).rejects.toMatchObject({ code: 'log/corrupt' })
    })
  })

  test('[FAIL1] a full database refuses appends, serves reads, and recovers when there is space', async () => {
    await open({ databaseBytesMax: 400_000 })
    await log.create('old', lineage)
    await log.create('new', lineage)
    const block = new Uint8Array(20_000).fill(1)
    let head = 0
    const full = await (async () => {
      for (;;) head = (await log.append('old', appendOf(head, block))).head
    })().catch((error: TidemarkError) => error)
    expect(full).toMatchObject({ code: 'log/full', retryAfterMs: expect.any(Number) })
    expect(head).toBeGreaterThan(5)
    expect(await log.read('old', 0, 2 ** 30)).toHaveLength(head)

    // What counted on a refused append is refused as a conflict.
    const pipeline = [appendOf(head, block), appendOf(head + 1, block)].map((append) =>
      log.append('old', append),
    )
    expect(await Promise.allSettled(pipeline)).toMatchObject([
      { reason: { code: 'log/full' } },
      { reason: { code: 'log/conflict' } },
    ])
    expect(await log.load('old')).toMatchObject({ head })

    await log.delete('old')
    expect(await log.append('new', appendOf(0, block))).toMatchObject({ head: 1 })
  })

  test('[R3] a store put back from an older copy knows the cursors of what it has lost', async () => {
    await open()
    await log.create('a', lineage)
    await log.append('a', appendOf(0, text('kept')))
    await log.close()
    const backup = `${databasePath(folder)}.backup`
    copyFileSync(databasePath(folder), backup)
    await open()
    const { checks } = await log.append('a', appendOf(1, text('lost'), text('lost too')))
    await log.close()
    copyFileSync(backup, databasePath(folder))

    await open()
    expect(await log.load('a')).toMatchObject({ head: 1 })
    const lost = { lineage, seq: 3, check: checks[1]! }
    expect(await log.judge('a', lost)).toBe('lost')
    expect(await log.judge('a', { ...lost, seq: 4 })).toBe('unknown')
    // The history goes on differently: the cursor is no longer valid, and still evidence.
    const others = await log.append('a', appendOf(1, text('other'), text('other too')))
    expect(await log.judge('a', { ...lost, check: others.checks[1]! })).toBe('held')
    expect(await log.judge('a', lost)).toBe('lost')
  })

  test('a store does not know the cursors of another store', async () => {
    await open()
    await log.create('a', lineage)
    const { checks } = await log.append('a', appendOf(0, text('x')))
    const other = temporaryFolder()
    const elsewhere = await openSqliteLogInProcess({ folder: other.folder })
    expect(elsewhere.issued({ lineage, seq: 1, check: checks[0]! })).toBe(false)
    await elsewhere.close()
    other.remove()
  })

  test.each<[string, string, () => void]>([
    ['the folder is a file', 'EEXIST', () => (remove(), writeFileSync(folder, ''))],
    ['the database is a folder', 'unable to open', () => mkdirSync(databasePath(folder))],
    ['the lock is a folder', 'unable to open', () => mkdirSync(join(folder, 'tidemark.lock'))],
    [
      'the database is something else',
      'not a database',
      () => writeFileSync(databasePath(folder), 'no database, but long enough for one'.repeat(30)),
    ],
  ])('when %s, the error says where and what', async (_name, what, spoil) => {
    spoil()
    const error = await openSqliteLogInProcess({ folder }).catch((reason: TidemarkError) => reason)
    expect(error).toMatchObject({ code: 'log/failed', message: expect.stringContaining(what) })
    expect(error).toMatchObject({ message: expect.stringContaining(folder) })
    // Nothing is left open or locked.
    remove()
    await open()
  })

  test.skipIf(process.platform === 'win32')(
    'the folder that it makes is for its own user alone',
    async () => {
      remove()
      await open()
      expect(statSync(folder).mode & 0o777).toBe(0o700)
    },
  )

  test.runIf(existsSync('/proc/self'))(
    'FAIL1: a folder that the system does not let be made is an error, at once',
    async () => {
      const opening = openSqliteLogInProcess({ folder: '/proc/nowhere/log' })
      await expect(opening).rejects.toMatchObject({
        code: 'log/failed',
        message: expect.stringContaining('ENOENT'),
      })
    },
  )

  test('with durability "os" the log works the same', async () => {
    await open({ durability: 'os' })
    await log.create('a', lineage)
    expect(await log.append('a', appendOf(0, text('x')))).toMatchObject({ head: 1 })
  })

  test('a log at rest empties its write-ahead log', async () => {
    await open({ idleMs: 20 })
    await log.create('a', lineage)
    await log.append('a', appendOf(0, new Uint8Array(100_000)))
    await expect.poll(() => statSync(`${databasePath(folder)}-wal`).size, { timeout: 10_000 }).toBe(0)
    expect(await log.read('a', 0, 2 ** 30)).toHaveLength(1)
  })
})

/** A thread that does nothing by itself. */
class FakeThread extends EventEmitter {
  readonly requests: (WriterRequest | ReaderRequest)[] = []
  isReferenced = true

  postMessage(request: WriterRequest | ReaderRequest): void {
    this.requests.push(request)
    if (request.kind === 'close') this.emit('exit', 0)
  }

  unref(): void {
    this.isReferenced = false
  }
}

const failed = { code: 'log/failed', message: 'fsync', retryAfterMs: null } as const

describe('SqliteLog in threads of its own', () => {
  test('what it writes it reads, over a restart; a folder has one log at a time', async () => {
    const { folder, remove } = temporaryFolder()
    const log = await openSqliteLog({ folder })
    await expect(openSqliteLog({ folder })).rejects.toMatchObject({ code: 'log/locked' })
    await log.create('a', lineage)
    const large = Uint8Array.from({ length: 6_000_000 }, (_, at) => (at * 31) % 251)
    const { checks } = await log.append('a', appendOf(0, Uint8Array.of(1), large))
    const body = Uint8Array.of(1, 2, 3)
    const snapshot = { seq: 2, check: checks[1]!, summary: new Uint8Array(0), body, timeMs: 1 }
    await log.writeSnapshot('a', lineage, snapshot)
    await log.close()
    const again = await openSqliteLog({ folder })
    const entries = await again.read('a', 0, 2 ** 30)
    expect(entries.map(({ check }) => check)).toEqual(checks)
    expect(Buffer.compare(entries[1]!.update, large)).toBe(0)
    expect(await again.readSnapshot('a')).toMatchObject({ seq: 2, check: checks[1] })
    await again.close()
    remove()
  })
})

describe('opening, when a thread', () => {
  test.each<[string, (threads: Record<'writer' | 'reader', FakeThread>) => void]>([
    ['of the writer cannot open', ({ writer }) => writer.emit('message', { kind: 'failed', error: failed })],
    ['of the writer throws', ({ writer }) => writer.emit('error', new Error('no such module'))],
    ['of the writer ends', ({ writer }) => writer.emit('exit', 1)],
    ['of the reader throws', ({ reader }) => reader.emit('error', new Error('no such module'))],
    ['of the reader ends', ({ reader }) => reader.emit('exit', 1)],
  ])('%s, fails with a code, and both have ended', async (_name, fail) => {
    const threads = { writer: new FakeThread(), reader: new FakeThread() }
    const opening = opened(threads as unknown as SqliteThreads)
    fail(threads)
    await expect(opening).rejects.toMatchObject({ code: 'log/failed' })
    for (const { requests } of Object.values(threads)) expect(requests).toEqual([{ kind: 'close' }])
  })
})

describe('SqliteLog between its threads', () => {
  let writer: FakeThread
  let reader: FakeThread
  let log: SqliteLog
  let failures: TidemarkError[]

  beforeEach(async () => {
    writer = new FakeThread()
    reader = new FakeThread()
    failures = []
    log = open({})
    await commitNext()
  })
  afterEach(() => log.close())

  function open(options: Partial<SqliteLogOptions>): SqliteLog {
    const onFailed = (error: TidemarkError): void => void failures.push(error)
    const threads = { writer, reader } as unknown as SqliteThreads
    return new SqliteLog(threads, new Uint8Array(32), { folder: '', onFailed, ...options })
  }

  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  /** The batch in flight. */
  async function nextBatch(): Promise<WriterRequest & { readonly kind: 'commit' }> {
    await expect.poll(() => writer.requests.length, { interval: 1 }).toBeGreaterThan(0)
    const request = writer.requests.shift()
    if (request?.kind !== 'commit') throw new Error('no batch is in flight')
    return request
  }

  /** Commits the batch in flight, whatever it holds. */
  async function commitNext(): Promise<number> {
    const { batch } = await nextBatch()
    const appends = new AppendReader(batch.appends)
    const outcomes = batch.order.flatMap((write): Outcome[] => {
      if (typeof write !== 'number') return [{ kind: 'swept', more: false }]
      return Array.from({ length: write }, () => {
        const { after, entries } = appends.next()
        const checks = entries.map(() => 'cc'.repeat(16))
        return { kind: 'appended', receipt: { head: after + entries.length, checks } }
      })
    })
    reply({ kind: 'committed', outcome: packOutcomes(outcomes, batch.order) })
    return outcomes.length
  }

  function reply(message: WriterReply): void {
    writer.emit('message', message)
  }

  function appendTo(to: UpdateLog, after: number, document = 'a'): Promise<Receipt> {
    return to.append(document, appendOf(after, Uint8Array.of(1)))
  }

  const full = { code: 'log/full', message: 'full', retryAfterMs: 1 } as const

  test('[R1] nothing is acknowledged before its commit', async () => {
    let acknowledged = false
    const appended = appendTo(log, 0).then(() => (acknowledged = true))
    await turn()
    await turn()
    expect(acknowledged).toBe(false)
    await commitNext()
    await appended
    expect(acknowledged).toBe(true)
  })

  test('what arrives during a commit shares the next one', async () => {
    const first = appendTo(log, 0)
    const { batch } = await nextBatch()
    const rest = [1, 2, 3].map((after) => appendTo(log, after))
    await turn()
    expect(writer.requests).toEqual([])
    const receipt = { head: 1, checks: ['cc'.repeat(16)] }
    reply({ kind: 'committed', outcome: packOutcomes([{ kind: 'appended', receipt }], batch.order) })
    expect(await first).toEqual(receipt)
    expect(await commitNext()).toBe(3)
    expect((await Promise.all(rest)).map(({ head }) => head)).toEqual([2, 3, 4])
  })

  test('when a batch fails, what waits and counted on it fails with it; other documents go on', async () => {
    const inFlight = [appendTo(log, 0), appendTo(log, 1), appendTo(log, 0, 'b')]
    await nextBatch()
    const [follower, other] = [appendTo(log, 2), appendTo(log, 5, 'c')]
    reply({ kind: 'not-committed', error: full })
    expect(await Promise.allSettled([...inFlight, follower])).toMatchObject([
      { reason: { code: 'log/full', retryAfterMs: 1 } },
      { reason: { code: 'log/conflict' } },
      { reason: { code: 'log/full', retryAfterMs: 1 } },
      { reason: { code: 'log/conflict' } },
    ])
    expect(await commitNext()).toBe(1)
    expect(await other).toMatchObject({ head: 6 })
    expect(failures).toEqual([])
  })

  test.each([
    ['a batch fails', () => reply({ kind: 'not-committed', error: full }), 'log/full'],
    [
      'an append is refused',
      () => {
        const refused: Outcome = { kind: 'refused', code: 'log/corrupt', message: 'no' }
        reply({ kind: 'committed', outcome: packOutcomes([refused], [1]) })
      },
      'log/corrupt',
    ],
  ])(
    '[FAIL1] when %s, the reason is told before the conflicts that come of it',
    async (_name, fail, code) => {
      // Found by the simulator: the relay heard of the conflict first, said so to everybody, and to nobody that the disk
      // was full.
      const told: string[] = []
      const note = (appended: Promise<Receipt>): Promise<unknown> =>
        appended.catch((error: TidemarkError) => told.push(error.code))
      const first = note(appendTo(log, 0))
      await nextBatch()
      const follower = note(appendTo(log, 1))
      fail()
      await Promise.all([first, follower])
      expect(told).toEqual([code, 'log/conflict'])
    },
  )

  test('when an append is refused, what waits and counted on it is refused too', async () => {
    const refused = appendTo(log, 7)
    const { batch } = await nextBatch()
    const [follower, same] = [appendTo(log, 8), appendTo(log, 7)]
    const outcome = packOutcomes([{ kind: 'refused', code: 'log/conflict', message: 'no' }], batch.order)
    reply({ kind: 'committed', outcome })
    await expect(refused).rejects.toMatchObject({ code: 'log/conflict', message: 'no' })
    await expect(follower).rejects.toMatchObject({ code: 'log/conflict' })
    expect(await commitNext()).toBe(1)
    expect(await same).toMatchObject({ head: 8 })
  })

  test.each<[string, () => void]>([
    ['a commit fails', () => reply({ kind: 'not-committed', error: failed })],
    ['tidying fails', () => reply({ kind: 'failed', error: failed })],
    ['the writer throws', () => writer.emit('error', new Error('out of memory'))],
    ['the writer ends', () => writer.emit('exit', 1)],
    ['the reader ends', () => reader.emit('exit', 1)],
    ['a read fails', () => reader.emit('message', { kind: 'error', id: 0, error: failed })],
  ])('[FAIL2] when %s, everything is rejected and nothing is tried again', async (_name, fail) => {
    const calls: Promise<unknown>[] = [log.load('a'), appendTo(log, 0)]
    await nextBatch()
    calls.push(appendTo(log, 1), log.create('b', lineage), log.trim('a', lineage, 3), log.delete('c'))
    fail()
    for (const each of await Promise.allSettled(calls)) {
      expect(each).toMatchObject({ status: 'rejected', reason: { code: 'log/failed' } })
    }
    expect(failures).toMatchObject([{ code: 'log/failed' }])
    expect(writer.isReferenced).toBe(false)
    expect(reader.requests.at(-1)).toEqual({ kind: 'close' })
    await expect(appendTo(log, 1)).rejects.toMatchObject({ code: 'log/failed' })
    await expect(log.load('a')).rejects.toMatchObject({ code: 'log/failed' })
    await turn()
    expect(writer.requests).toEqual([])
    await log.close()
  })

  test('what a deleted document leaves is removed in the background, piece by piece', async () => {
    const deleted = log.delete('a')
    const { batch } = await nextBatch()
    reply({ kind: 'committed', outcome: packOutcomes([{ kind: 'done' }], batch.order) })
    await deleted
    for (const more of [true, true, false]) {
      const sweep = await nextBatch()
      expect(sweep.batch.order).toEqual([{ kind: 'sweep' }])
      reply({ kind: 'committed', outcome: packOutcomes([{ kind: 'swept', more }], sweep.batch.order) })
    }
    await turn()
    expect(writer.requests).toEqual([])
  })

  test('however many documents are deleted, one piece at a time is removed of what they leave', async () => {
    const deleted = Promise.all(['a', 'b', 'c'].map((document) => log.delete(document)))
    const { batch } = await nextBatch()
    const outcomes = batch.order.map(() => ({ kind: 'done' }) as const)
    reply({ kind: 'committed', outcome: packOutcomes(outcomes, batch.order) })
    await deleted
    const sweep = await nextBatch()
    expect(sweep.batch.order).toEqual([{ kind: 'sweep' }])
    reply({
      kind: 'committed',
      outcome: packOutcomes([{ kind: 'swept', more: false }], sweep.batch.order),
    })
    await turn()
    expect(writer.requests).toEqual([])
  })

  test('[FAIL1] what could not be removed for lack of space is tried again when the log is at rest', async () => {
    log = open({ idleMs: 1 })
    await nextBatch()
    reply({ kind: 'not-committed', error: full })
    await expect.poll(() => writer.requests).toMatchObject([{ batch: { order: [{ kind: 'sweep' }] } }])
    reply({
      kind: 'committed',
      outcome: packOutcomes([{ kind: 'swept', more: false }], [{ kind: 'sweep' }]),
    })
    writer.requests.length = 0
    await expect.poll(() => writer.requests).toEqual([{ kind: 'tidy' }])
  })

  test('a failure while closing is reported, and closing ends', async () => {
    const appended = appendTo(log, 0)
    const closed = log.close()
    reply({ kind: 'failed', error: failed })
    await expect(appended).rejects.toMatchObject({ code: 'log/failed' })
    await closed
    expect(failures).toHaveLength(1)
  })

  test('[LIM1] the queue takes what its limit allows and refuses the rest until there is room', async () => {
    log = open({ queueBytesMax: 1000 })
    await commitNext()
    const appends = Array.from({ length: 5 }, (_, after) => appendTo(log, after))
    const results = await Promise.race([Promise.allSettled(appends.slice(4)), turn()])
    expect(results).toMatchObject([
      { reason: { code: 'relay/overloaded', retryAfterMs: expect.any(Number) } },
    ])
    expect(await commitNext()).toBe(4)
    const later = appendTo(log, 4)
    expect(await commitNext()).toBe(1)
    expect(await later).toMatchObject({ head: 5 })
  })

  test('[LIM1] reads wait up to their limit and are refused beyond it', async () => {
    const reads = Array.from({ length: readsMax }, () => log.load('a'))
    await expect(log.load('a')).rejects.toMatchObject({ code: 'relay/overloaded' })
    for (let id = 0; id < readsMax; id++) reader.emit('message', { kind: 'answer', id, value: null })
    await Promise.all(reads)
  })

  test('a caller that gives a time that is no number is told so at once', async () => {
    const entries = [{ update: Uint8Array.of(1), author: 'anna', timeMs: Number.NaN }]
    await expect(log.append('a', { lineage, after: 0, entries })).rejects.toThrow('timeMs')
    await expect(log.create('a', 'no lineage')).rejects.toThrow('lineage')
  })
})
