import type { Seq } from '@tidemark/base'
import * as Y from 'yjs'
import { Contents, effectOf } from '../oracle/contents.ts'
import type { Ledger } from '../oracle/ledger.ts'
import type { LogTruth } from '../oracle/log-truth.ts'
import type { TabNews, TabPlace } from '../oracle/tab-news.ts'
import { Violation } from '../oracle/violation.ts'
import type { Checker } from './checker.ts'

export interface CoherenceFacts {
  readonly news: TabNews
  readonly ledger: Ledger
  readonly log: LogTruth
}

/**
 * S5: whoever was shown the log up to some seq, live, is never shown less as live again, on whatever connection, in
 * whatever tab comes after: neither of what they read nor of what they wrote and were told is saved. When an older
 * copy of the log was put back, it begins anew for the documents of which that holds something else.
 */
export function createCoherence({ news, ledger, log }: CoherenceFacts): Checker {
  /** By person, document, and how often the log of that has lost something. */
  const shown = new Map<string, Seq>()
  /** Where a document is live. */
  const live = new Set<string>()

  /** Everything up to the seq that was shown, and every own edit that was said to be saved. */
  function requireContent({ document, tab }: TabPlace, seq: Seq, doc: Y.Doc): void {
    const contents = new Contents()
    contents.learn(effectOf(Y.encodeStateAsUpdate(doc)))
    const lacks = log
      .history(document)
      .findIndex((entry, index) => index < seq && !contents.has(entry.effect))
    if (lacks >= 0)
      throw new Violation('S5', `${tab} is live, and lacks entry ${lacks + 1} of ${document}, shown before`)
    for (const edit of ledger.edits) {
      if (
        edit.savedIn !== log.lossesOf(document) ||
        personOf(edit.tab) !== personOf(tab) ||
        edit.document !== document
      )
        continue
      if (!contents.has(edit.effect))
        throw new Violation(
          'S5',
          `${tab} is live, and does not show ${edit.token}, which was said to be saved`,
        )
    }
  }

  news.listen({
    status(place, { connection, seq }, doc, isAlone) {
      const { document, tab } = place
      const where = `${tab} ${document}`
      const losses = log.lossesOf(document)
      // A log loses something only together with the relay's process: who still believes in that one shows what it had.
      const isStale = losses > 0 && isAlone
      if (connection !== 'live' || seq === null || isStale) {
        live.delete(where)
        return
      }
      const of = `${personOf(tab)} ${document} ${losses}`
      const before = shown.get(of) ?? 0
      if (seq < before)
        throw new Violation('S5', `${document} is live at ${seq} in ${tab}, and was shown at ${before}`)
      if (!live.has(where)) requireContent(place, before, doc)
      live.add(where)
      shown.set(of, seq)
    },
  })
  return {}
}

/** Tabs are named for their person, and numbered. */
function personOf(tab: string): string {
  return tab.slice(0, tab.lastIndexOf('.'))
}
