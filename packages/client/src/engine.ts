/** For simulations, tests and other platforms: the client over ports of one's own. */
export { createEngine, type EngineOptions } from './client.ts'
export { createSystemClock } from './platform/clock.ts'
export type {
  ClientPorts,
  Connect,
  Digest,
  Environment,
  EnvironmentEvent,
  Inflate,
  JoinSiblings,
  SiblingNote,
  Siblings,
  Transport,
  TransportListener,
} from './ports.ts'
export { createIdbStore } from './store/idb-store.ts'
export type * from './store/replica-store.ts'
