import { describe, expect, test } from 'vitest'
import { describeReplicaStore } from '../testing/store-conformance.ts'
import { createMemoryStore } from './memory-store.ts'

describe('the store in memory', () => {
  describeReplicaStore(() => {
    const store = createMemoryStore()
    return Promise.resolve({ store, reopen: () => store })
  })

  test('[STA1] does not claim to outlive the page', () => {
    expect(createMemoryStore().persistent).toBe(false)
  })
})
