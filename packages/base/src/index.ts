export type { Clock, Random, RandomBytes, Unsubscribe } from './clock.ts'
export { assert, type ErrorCode, errorCodes, TidemarkError } from './errors.ts'
export {
  type Access,
  type Check,
  type Cursor,
  type DocumentId,
  documentIdBytesMax,
  emptyCheck,
  isDocumentId,
  type Lineage,
  type Principal,
  type Seq,
} from './identity.ts'
