import type { RelayEvent } from '@tidemark/relay'
import type { Level } from './reporter.ts'

/**
 * How loudly each event of the relay is told. `error` wakes somebody; what somebody without access can cause is `debug`, so
 * that nobody fills the owner's disk with log lines.
 */
export const eventLevels: Readonly<Record<RelayEvent['type'], Level>> = {
  'connection-opened': 'debug',
  'connection-closed': 'debug',
  'access-refused': 'debug',
  'authorize-failed': 'error',
  'document-created': 'info',
  'update-refused': 'info',
  'presence-ignored': 'debug',
  'loss-proven': 'error',
  'document-recovered': 'info',
  'log-full': 'error',
  'document-halted': 'error',
  'document-compacted': 'debug',
  'compaction-failed': 'error',
  'replay-failed': 'error',
  'divergence-found': 'error',
  'replayer-restarted': 'error',
  failed: 'error',
}
