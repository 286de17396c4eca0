export { digest } from './digest.ts'
export { inspect } from './inspect.ts'
export {
  type AcceptedInspection,
  type DuplicateInspection,
  type GapInspection,
  type Inspection,
  type RefusalReason,
  type RefusedInspection,
  refusalReasons,
} from './inspection.ts'
export { createKnown, type Known, learn } from './known.ts'
export { decodeKnown, encodeKnown } from './known-codec.ts'
export { type InspectLimits, inspectLimitsDefault } from './limits.ts'
export { emptyUpdate, isEmptyUpdate, merge } from './merge.ts'
export type { ClientRange } from './ranges.ts'
export { decodeStateVector, encodeStateVector } from './state-vector.ts'
export { trim } from './trim.ts'
export { isDead, pendingOf, revive } from './yjs-internals.ts'
