export type { Append, Entry, LogState, NewEntry, Receipt, Snapshot, UpdateLog } from './update-log.ts'
