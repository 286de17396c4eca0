import { merge } from '@tidemark/updates/merge'
import { outboxMergeBytesMax } from './limits.ts'
import type { OutboxRecord } from './store/replica-store.ts'

/**
 * Merges neighbours of one tab, as long as the result stays small enough for any relay. `make` turns a merged record
 * and what it was merged of into what the caller keeps.
 */
export function foldRecords<R extends OutboxRecord>(
  records: readonly R[],
  make: (merged: OutboxRecord, group: readonly R[]) => R,
): R[] {
  return groups(records).map((group) => {
    const last = group.at(-1) as R
    if (group.length === 1) return last
    const { tab, number } = last
    return make({ tab, number, update: merge(group.map(({ update }) => update)) }, group)
  })
}

function groups<R extends OutboxRecord>(records: readonly R[]): R[][] {
  const grouped: R[][] = []
  let bytes = 0
  for (const record of records) {
    const group = grouped.at(-1)
    bytes += record.update.length
    if (group && group[0]?.tab === record.tab && bytes <= outboxMergeBytesMax) group.push(record)
    else {
      grouped.push([record])
      bytes = record.update.length
    }
  }
  return grouped
}
