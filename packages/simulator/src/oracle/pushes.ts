import type { DocumentId, Principal } from '@tidemark/base'
import { hashBytes } from '../world/seeded-random.ts'
import type { Border } from './border.ts'

/** One update that somebody sent up, as it went over the wire. */
export interface Sent {
  readonly principal: Principal
  readonly update: Uint8Array
}

/** Every update that was ever sent to the relay, by document and by whom. Knows nothing of the relay's own state. */
export class Pushes {
  readonly #documents = new Map<DocumentId, Map<number, Sent[]>>()

  constructor(border: Border) {
    border.listen({
      pushed: (principal, document, update) => this.#sent(principal, document, update),
      receivedStock: ({ principal }, document, message) => {
        if (message.type === 'step2' || message.type === 'update')
          this.#sent(principal, document, message.bytes)
      },
    })
  }

  /** The very bytes, sent by this principal; undefined when they never were. */
  find(document: DocumentId, principal: Principal, update: Uint8Array): Sent | undefined {
    const alike = this.#documents.get(document)?.get(hashBytes(update)) ?? []
    return alike.find((sent) => sent.principal === principal && Buffer.compare(sent.update, update) === 0)
  }

  /** All that this principal sent, the latest first. */
  *of(document: DocumentId, principal: Principal): Generator<Sent> {
    const all = [...(this.#documents.get(document)?.values() ?? [])].reverse()
    for (const alike of all) for (const sent of alike) if (sent.principal === principal) yield sent
  }

  #sent(principal: Principal, document: DocumentId, update: Uint8Array): void {
    const byHash = this.#documents.get(document) ?? new Map<number, Sent[]>()
    this.#documents.set(document, byHash)
    const hash = hashBytes(update)
    const alike = byHash.get(hash) ?? []
    byHash.set(hash, alike)
    const isKnown = alike.some(
      (sent) => sent.principal === principal && Buffer.compare(sent.update, update) === 0,
    )
    if (!isKnown) alike.push({ principal, update: update.slice() })
  }
}
