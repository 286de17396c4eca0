export { openSqliteLog, SqliteLog } from './sqlite-log.ts'
export type { SqliteLogOptions } from './sqlite-log-options.ts'
export type { Durability } from './sqlite-schema.ts'
