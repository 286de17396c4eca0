import { type DocumentId, TidemarkError } from '@tidemark/base'
import type { Entry, LogState, LogStore, Snapshot } from '@tidemark/log'
import type { Rot } from '../disk/rot.ts'
import { Violation } from '../oracle/violation.ts'
import type { Scene } from '../scene.ts'
import type { Checker } from './checker.ts'

/**
 * S14: a disk that gives back other bytes than were written is found out by whoever reads them, whichever column they
 * are of. At the moment at which bytes change, all that can be read of the document is read twice, with the change and
 * without it: each answer is the same, a refusal, or an older snapshot in the place of one that cannot be read.
 */
export function createRotIsNoticed({ disk }: Pick<Scene, 'disk'>): Checker {
  disk.watch({
    rotted(rot) {
      const right = disk.durable.copy()
      rot.mend(right)
      const silent = silentChange(rot, disk.durable, right)
      if (silent !== null)
        throw new Violation('S14', `${rot.where} of ${rot.document} rots in silence: ${silent}`)
    },
  })
  return {}
}

/** What is read otherwise, without a word; null when nothing is. */
function silentChange({ document }: Rot, wrong: LogStore, right: LogStore): string | null {
  const expected = answersOf(right, document)
  const masks = new Set([none, ...snapshotsOf(right, document)])
  for (const [what, answer] of answersOf(wrong, document)) {
    const known = expected.get(what)
    if (answer === refused || answer === known) continue
    if (masked.includes(what) && masks.has(answer)) continue
    return `${what} reads ${answer} instead of ${known}`
  }
  return null
}

const refused = 'refused'
const none = 'none'
/** For these there may be another answer: an older snapshot. */
const masked: readonly string[] = ['latest snapshot', 'snapshot']

function answersOf(store: LogStore, document: DocumentId): ReadonlyMap<string, string> {
  const answers = new Map<string, string>()
  const ask = (what: string, read: () => string): void => void answers.set(what, answerOf(read))
  const state = loaded(store, document)
  ask('state', () => {
    const { lineage, head, check, floor } = store.load(document) ?? {}
    return JSON.stringify({ lineage, head, check, floor })
  })
  ask('latest snapshot', () => headText(store.load(document)?.snapshot ?? null))
  ask('snapshot', () => snapshotText(store.readSnapshot(document)))
  for (let seq = (state?.floor ?? 0) + 1; seq <= (state?.head ?? 0); seq++)
    ask(`entry ${seq}`, () => {
      const { update, ...rest } = store.read(document, seq - 1, 1)[0] as Entry
      return JSON.stringify({ ...rest, update: hexOf(update) })
    })
  return answers
}

function loaded(store: LogStore, document: DocumentId): LogState | null {
  let state: LogState | null = null
  answerOf(() => {
    state = store.load(document)
    return none
  })
  return state
}

function answerOf(read: () => string): string {
  try {
    return read()
  } catch (error) {
    if (error instanceof TidemarkError) return refused
    throw error
  }
}

/** What an intact store may answer about its snapshots. */
function snapshotsOf({ rows }: LogStore, document: DocumentId): readonly string[] {
  const id = rows.document(document)?.id
  if (id === undefined) return []
  return rows.snapshots(id).flatMap(({ seq, time, mark, summary, body }) => {
    const snapshot = { seq, timeMs: time, check: hexOf(mark), summary, body }
    return [headText(snapshot), snapshotText(snapshot)]
  })
}

function headText(head: Omit<Snapshot, 'body'> | null): string {
  return head === null ? none : [head.seq, head.timeMs, head.check, hexOf(head.summary)].join(' ')
}

function snapshotText(snapshot: Snapshot | null): string {
  return snapshot === null ? none : `${headText(snapshot)} ${hexOf(snapshot.body)}`
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
