export { LogStore } from './log-store.ts'
export { createMemoryLog, MemoryLog, type MemoryLogOptions } from './memory-log.ts'
export type { Append, Entry, LogState, NewEntry, Receipt, Snapshot, UpdateLog } from './update-log.ts'
