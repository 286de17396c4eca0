export { everybodyMayWrite } from './access.ts'
export { type CreateRelayOptions, createRelay } from './create-relay.ts'
export type { RelayEvent } from './events.ts'
export { createInlineReplayer } from './inline-replayer.ts'
export { type RelayLimits, relayLimitsDefault } from './limits.ts'
export type {
  AccessGrant,
  AccessRefusal,
  AccessRequest,
  Authorize,
  ConnectionDialect,
  ConnectionInput,
  ConnectionRequest,
  Dialect,
  Socket,
} from './ports.ts'
export type { Relay, RelayOptions, RelayStats } from './relay.ts'
export type {
  CompactedSnapshot,
  CompactJob,
  DifferencesJob,
  PackedEntries,
  Replayer,
  ReplaySource,
  SnapshotSource,
} from './replayer.ts'
export { systemClock } from './system-clock.ts'
