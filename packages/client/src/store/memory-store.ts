import type { ReplicaStore } from './replica-store.ts'

/** Keeps replicas as long as the process lives: for Node, and for browsers that offer no storage. */
export function createMemoryStore(): ReplicaStore {
  throw new Error('not built yet')
}
