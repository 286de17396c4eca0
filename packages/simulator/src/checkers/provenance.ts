import type { DocumentId, Principal } from '@tidemark/base'
import { principalOf } from '../oracle/author.ts'
import { Contents, effectOf } from '../oracle/contents.ts'
import type { Pushes, Sent } from '../oracle/pushes.ts'
import { type Struct, structsOf } from '../oracle/units.ts'
import { Violation } from '../oracle/violation.ts'
import type { Scene } from '../scene.ts'
import type { Checker } from './checker.ts'

/**
 * S4: nothing is invented. What becomes durable was sent by the principal that the log names: the very bytes, or what is
 * left of them when the relay has cut off what the log had already. That this principal had write access then is S8's.
 */
export function createProvenance(scene: Scene): Checker {
  scene.disk.watch({
    appended(document, { entries }) {
      for (const entry of entries) {
        requireSent(scene.pushes, document, principalOf(entry.author), entry.update)
      }
    },
  })
  return {}
}

function requireSent(pushes: Pushes, document: DocumentId, principal: Principal, update: Uint8Array): void {
  if (pushes.find(document, principal, update)) return
  for (const sent of pushes.of(document, principal)) if (isPartOf(update, sent)) return
  throw new Violation('S4', `${document} holds ${update.length} bytes of ${principal} that were never sent`)
}

/** Whether everything that `update` says stands in what was sent, at the same place and with the same content. */
function isPartOf(update: Uint8Array, sent: Sent): boolean {
  const contents = new Contents()
  try {
    contents.learn(effectOf(sent.update))
    if (!contents.has(effectOf(update))) return false
  } catch {
    // Strangers send what Yjs cannot read.
    return false
  }
  const whole = structsOf(sent.update)
  return structsOf(update).every((part) => isCutOf(part, whole))
}

function isCutOf(part: Struct, whole: readonly Struct[]): boolean {
  return part.units.every((unit, i) => {
    const clock = part.clock + i
    const from = whole.find((each) => holds(each, part.client, clock))
    if (from === undefined || from.units[clock - from.clock] !== unit) return false
    // Where it was cut, its new beginning stands behind what was cut off.
    return i > 0 || clock > from.clock || part.place === from.place
  })
}

function holds({ client, clock, units }: Struct, ofClient: number, at: number): boolean {
  return client === ofClient && clock <= at && at < clock + units.length
}
