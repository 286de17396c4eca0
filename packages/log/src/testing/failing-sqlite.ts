import type { SqliteDatabase, SqliteDriver, SqliteStatement } from '../sqlite-driver.ts'

/** A fault to come: the next statement whose SQL begins like this throws, as SQLite would. */
export interface SqliteFault {
  readonly sql: string
  readonly errcode: number
}

export interface FailingSqlite {
  readonly sqlite: SqliteDriver
  /** Every statement that was run, in order. */
  readonly statements: string[]
  fail(fault: SqliteFault): void
}

/** A driver whose statements can be made to fail. */
export function failingSqlite(real: SqliteDriver): FailingSqlite {
  const statements: string[] = []
  let fault: SqliteFault | null = null

  function run<T>(sql: string, really: () => T): T {
    statements.push(sql)
    if (fault === null || !sql.startsWith(fault.sql)) return really()
    const { errcode } = fault
    fault = null
    throw Object.assign(new Error('made to fail'), { errcode })
  }

  function statement(sql: string, inner: SqliteStatement): SqliteStatement {
    return {
      run: (...values) => run(sql, () => inner.run(...values)),
      get: (...values) => run(sql, () => inner.get(...values)),
      all: (...values) => run(sql, () => inner.all(...values)),
      iterate: (...values) => run(sql, () => inner.iterate(...values)),
    }
  }

  function wrap(inner: SqliteDatabase): SqliteDatabase {
    return {
      exec: (sql) => run(sql, () => inner.exec(sql)),
      prepare: (sql) => statement(sql, inner.prepare(sql)),
      close: () => inner.close(),
    }
  }

  return { sqlite: (path, options) => wrap(real(path, options)), statements, fail: (next) => (fault = next) }
}
