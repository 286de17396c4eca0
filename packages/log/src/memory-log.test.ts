import { describe, expect, test } from 'vitest'
import { testUpdateLog } from './conformance.ts'
import { createMemoryLog } from './memory-log.ts'

const lineage = 'a1'.repeat(16)
const append = { lineage, after: 0, entries: [{ update: Uint8Array.of(1), author: 'anna', timeMs: 1 }] }

testUpdateLog('MemoryLog', async () => {
  let { store } = createMemoryLog()
  let log = createMemoryLog({ store })
  return {
    log,
    reopen: async () => {
      await log.close()
      log = createMemoryLog({ store })
      return log
    },
    copy: () => {
      const copy = store.copy()
      return async () => {
        await log.close()
        store = copy.copy()
        log = createMemoryLog({ store })
        return log
      }
    },
    close: () => log.close(),
  }
})

describe('MemoryLog', () => {
  test('is deterministic: the same secret and calls give the same checks', async () => {
    const checks = await Promise.all(
      [1, 2].map(async () => {
        const log = createMemoryLog({ randomBytes: (length) => new Uint8Array(length) })
        await log.create('a', lineage)
        return (await log.append('a', append)).checks
      }),
    )
    expect(checks[0]).toEqual(checks[1])
  })

  test('[R3] a copy of its store stands for a backup: what came later is recognised as lost', async () => {
    const log = createMemoryLog()
    await log.create('a', lineage)
    const backup = log.store.copy()
    const { checks } = await log.append('a', append)
    const restored = createMemoryLog({ store: backup })
    expect(await restored.load('a')).toMatchObject({ head: 0 })
    expect(await restored.judge('a', { lineage, seq: 1, check: checks[0]! })).toBe('lost')
  })

  test('keeps no bytes that the caller may change later', async () => {
    const log = createMemoryLog()
    await log.create('a', lineage)
    const update = Uint8Array.of(1)
    await log.append('a', { ...append, entries: [{ ...append.entries[0]!, update }] })
    update[0] = 2
    const [read] = await log.read('a', 0, 100)
    expect([...read!.update]).toEqual([1])
    read!.update[0] = 3
    expect([...(await log.read('a', 0, 100))[0]!.update]).toEqual([1])
  })
})
