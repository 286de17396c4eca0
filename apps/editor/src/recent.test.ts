import { describe, expect, it } from 'vitest'
import { describeAge, loadVisits, recordVisit, visitsMax } from './recent.ts'
import { memoryStorage } from './testing/memory-storage.ts'

describe('recently opened documents', () => {
  it('stand most recent first, each once', () => {
    const storage = memoryStorage()
    for (const [openedMs, document] of ['a', 'b', 'a'].entries()) recordVisit(storage, { document, openedMs })
    expect(loadVisits(storage)).toEqual([
      { document: 'a', openedMs: 2 },
      { document: 'b', openedMs: 1 },
    ])
  })

  it('are bounded', () => {
    const storage = memoryStorage()
    for (let n = 0; n < visitsMax + 1; n++) recordVisit(storage, { document: `d${n}`, openedMs: n })
    expect(loadVisits(storage)).toHaveLength(visitsMax)
    expect(loadVisits(storage)[0]?.document).toBe(`d${visitsMax}`)
  })

  it.each(['', '{', 'null', '{"a":1}', '[1,null,{"document":""},{"document":"x"}]'])(
    'are none when the storage holds %s',
    (text) => {
      const storage = memoryStorage()
      storage.setItem('tidemark:recent', text)
      expect(loadVisits(storage)).toEqual([])
    },
  )
})

describe('an age in words', () => {
  it.each([
    [0, 'just now'],
    [59_999, 'just now'],
    [60_000, '1 minute ago'],
    [59 * 60_000, '59 minutes ago'],
    [3_600_000, '1 hour ago'],
    [86_400_000 - 1, '23 hours ago'],
    [86_400_000, '1 day ago'],
    [30 * 86_400_000, '30 days ago'],
  ])('%i ms is %s', (ageMs, words) => {
    expect(describeAge(ageMs)).toBe(words)
  })
})
