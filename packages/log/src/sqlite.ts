export { openSqliteLog, SqliteLog, type SqliteLogOptions } from './sqlite-log.ts'
export type { Durability } from './sqlite-schema.ts'
