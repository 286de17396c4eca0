import { TidemarkError } from '@tidemark/base'
import type { ReplicaStore } from '@tidemark/client'
import { type DeviceFacts, StoreTruth } from '@tidemark/simulator/oracle'

/** The storage of a device as one of its tabs sees it. */
export interface TabStore extends ReplicaStore {
  /** Whether what the device holds of the document has been read, and was not refused. */
  hasRead(document: string): boolean
  /** The tab is gone: nothing that it still asks for happens. */
  cut(): void
}

/** A machine with a browser: tabs come and go, the storage stays, and says what it holds. */
export class Device implements DeviceFacts {
  readonly name: string
  /** Told by the storage itself, before the tab is. Cursors are not looked into: what they stand for is the log's word. */
  readonly truth: StoreTruth
  readonly #store: ReplicaStore
  readonly #onViolation: (error: Error) => void
  readonly #inFlight = new Set<Promise<unknown>>()
  #witnessed: Promise<unknown> = Promise.resolve()

  constructor(name: string, store: ReplicaStore, onViolation: (error: Error) => void) {
    this.name = name
    this.truth = new StoreTruth(name, () => [])
    this.#store = store
    this.#onViolation = onViolation
  }

  open(): TabStore {
    const store = this.#store
    const read = new Set<string>()
    let isCut = false
    const ask = <T>(run: () => Promise<T>): Promise<T> =>
      isCut ? Promise.reject(new TidemarkError('store/failed', 'the tab is gone')) : this.#track(run())
    return {
      persistent: true,
      hasRead: (document) => read.has(document),
      cut: () => (isCut = true),
      async load(document) {
        const stored = await ask(() => store.load(document))
        read.add(document)
        return stored
      },
      loadOutbox: (document, known) => ask(() => store.loadOutbox(document, known)),
      write: (document, change) =>
        ask(async () => {
          const written = await store.write(document, change)
          await this.#witness(() => this.truth.written(document, change, written, store))
          return written
        }),
      listAside: () => ask(() => store.listAside()),
      readAside: (id) => ask(() => store.readAside(id)),
      deleteAside: (id) => ask(() => store.deleteAside(id)),
      // Other tabs have it open.
      close: () => this.settled(),
    }
  }

  /** Resolves when nothing is on its way into the storage, whoever asked for it. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#inFlight)
  }

  async close(): Promise<void> {
    await this.settled()
    await this.#store.close()
  }

  /** One change after the other, in the order in which they were stored. */
  #witness(tell: () => Promise<void>): Promise<void> {
    const told = this.#witnessed.then(tell).catch(this.#onViolation)
    this.#witnessed = told
    return told
  }

  #track<T>(asked: Promise<T>): Promise<T> {
    this.#inFlight.add(asked)
    const forget = (): void => void this.#inFlight.delete(asked)
    asked.then(forget, forget)
    return asked
  }
}
