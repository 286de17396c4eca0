import { type DocumentId, isDocumentId } from '@tidemark/base'

/** A document that was opened in this browser. */
export interface Visit {
  readonly document: DocumentId
  /** Milliseconds since the epoch. */
  readonly openedMs: number
}

export const visitsMax = 12

const storageKey = 'tidemark:recent'

/** Most recent first. */
export function loadVisits(storage: Storage): readonly Visit[] {
  try {
    const stored: unknown = JSON.parse(storage.getItem(storageKey) ?? '[]')
    return Array.isArray(stored) ? stored.filter(isVisit).slice(0, visitsMax) : []
  } catch {
    return []
  }
}

export function recordVisit(storage: Storage, visit: Visit): void {
  const others = loadVisits(storage).filter(({ document }) => document !== visit.document)
  storage.setItem(storageKey, JSON.stringify([visit, ...others].slice(0, visitsMax)))
}

function isVisit(value: unknown): value is Visit {
  if (typeof value !== 'object' || value === null) return false
  const { document, openedMs } = value as Partial<Visit>
  return typeof document === 'string' && isDocumentId(document) && typeof openedMs === 'number'
}

/** How long ago something was, in words. */
export function describeAge(ageMs: number): string {
  const minutes = Math.floor(ageMs / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return counted(minutes, 'minute')
  if (minutes < 60 * 24) return counted(Math.floor(minutes / 60), 'hour')
  return counted(Math.floor(minutes / (60 * 24)), 'day')
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`
}
