export type {
  AsideReason,
  AsideReplica,
  Client,
  ClientStatus,
  DocumentConnection,
  DocumentHandle,
  DocumentStatus,
  EditsPlace,
  OnError,
  OpenOptions,
  Presence,
  Token,
} from './api.ts'
export { type ClientOptions, createClient } from './create-client.ts'
export { createMemoryStore } from './store/memory-store.ts'
export type { ReplicaStore } from './store/replica-store.ts'
