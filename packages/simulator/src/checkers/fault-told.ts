import type { DocumentId } from '@tidemark/base'
import type { RelayEvent } from '@tidemark/relay'
import type { DiskRefusal } from '../disk/log-witness.ts'
import { Violation } from '../oracle/violation.ts'
import type { Scene } from '../scene.ts'
import type { Process } from '../world/process.ts'
import type { Checker } from './checker.ts'

/** A relay that runs tells its owner within this time; and one whose disk failed is gone. */
const toldMsMax = 5_000

const tellingTypes: ReadonlySet<RelayEvent['type']> = new Set([
  'log-full',
  'compaction-failed',
  'document-halted',
])

interface Untold {
  readonly process: Process
  readonly refusal: DiskRefusal
  /** Moves on while the process is paused. */
  dueMs: number
}

/**
 * S14, FAIL1, FAIL2, FAIL3: no fault of the disk that the relay has met stays its secret. Full: the owner hears of it.
 * Damaged bytes: their document is halted, and no other. Failed: the relay says so and its process ends. And nothing is
 * halted without damage.
 */
export function createFaultTold(scene: Pick<Scene, 'world' | 'disk' | 'relay' | 'log'>): Checker {
  const { world, disk, relay, log } = scene
  let untold: Untold[] = []
  /** Documents for which this process was given bytes that cannot be believed. */
  const damaged = new WeakMap<Process, Set<DocumentId | null>>()
  /** When this process last told what: an answer that comes late finds it told already. */
  const told = new WeakMap<Process, { readonly event: RelayEvent; readonly timeMs: number }[]>()

  function refused(process: Process, refusal: DiskRefusal): void {
    if (refusal.code === 'log/corrupt') {
      const documents = damaged.get(process) ?? new Set()
      damaged.set(process, documents.add(refusal.document))
    }
    const isTold = told
      .get(process)
      ?.some(({ event, timeMs }) => world.nowMs - timeMs < toldMsMax && tells(event, refusal))
    if (isTold) return
    untold.push({ process, refusal, dueMs: world.nowMs + toldMsMax })
  }

  function heard(event: RelayEvent): void {
    const { process } = relay
    if (!tellingTypes.has(event.type)) return
    // What a vandal wrote can be right byte for byte, and still be more than Yjs can read.
    const mayHalt = (document: DocumentId): boolean =>
      log.isHarmed(document) || (damaged.get(process)?.has(document) ?? false)
    if (event.type === 'document-halted' && !mayHalt(event.document))
      throw new Violation(
        'S14',
        `${event.document} was halted, and nothing of it is damaged: ${event.message}`,
      )
    const events = told.get(process) ?? []
    told.set(process, events)
    events.push({ event, timeMs: world.nowMs })
    untold = untold.filter((each) => each.process !== process || !tells(event, each.refusal))
  }

  disk.watch({ refused })
  relay.watch((event) => {
    try {
      heard(event)
    } catch (error) {
      // Thrown here it would be the relay's to catch.
      world.fail(error as Error)
    }
  })
  return {
    afterStep() {
      if (untold.length === 0) return
      untold = untold.filter(({ process }) => process.alive)
      for (const each of untold) {
        if (!each.process.running) each.dueMs = world.nowMs + toldMsMax
        else if (each.dueMs < world.nowMs) throw new Violation('S14', untoldOf(each))
      }
    },
  }
}

/** Whether an owner who hears this knows of that. Of a failed disk only the end of the process is word enough. */
function tells(event: RelayEvent, { code, document, what }: DiskRefusal): boolean {
  switch (code) {
    case 'log/full':
      if (event.type === 'compaction-failed') return what !== 'log appended' && event.document === document
      return event.type === 'log-full' && event.document === document
    case 'log/corrupt':
      return event.type === 'document-halted' && event.document === document
    case 'log/failed':
      return false
  }
}

function untoldOf({ refusal: { code, document, what } }: Untold): string {
  return `the relay was told ${code} on '${what}' of ${document} and goes on without a word`
}
