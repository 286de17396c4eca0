import { inflateRawSync } from 'node:zlib'
import { type ErrorCode, TidemarkError } from '@tidemark/base'
import type { Client, DocumentHandle, DocumentStatus, ReplicaStore } from '@tidemark/client'
import { type ClientPorts, createEngine, type EnvironmentEvent } from '@tidemark/client/engine'
import { digest } from '@tidemark/updates'
import * as Y from 'yjs'
import type { Edit, Ledger } from '../oracle/ledger.ts'
import type { TabNews, TabPlace } from '../oracle/tab-news.ts'
import { bindRoots, type EditVerb } from '../people/edits.ts'
import type { Network, Notice } from '../world/network.ts'
import { Process } from '../world/process.ts'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { World } from '../world/world.ts'
import type { Device } from './device.ts'
import { breakListener, changeOf } from './listeners.ts'
import { relayAddress } from './relay-node.ts'

export interface TabDeps {
  readonly world: World
  readonly random: SeededRandom
  readonly network: Network
  readonly device: Device
  readonly ledger: Ledger
  readonly name: string
  readonly wrapStore: (store: ReplicaStore) => ReplicaStore
  /** Whether somebody who was refused for good tries again now. */
  readonly triesAgain: (document: string) => boolean
  readonly news: TabNews
  /** The first Y.Doc writes under this id, which another one has, too: as when a machine is cloned while it runs. */
  readonly clonedClientId?: number
}

/** A document that is open in a tab, and the edits that were made there. */
export interface OpenDocument {
  readonly handle: DocumentHandle
  /** What the device holds has been read, and was not refused. */
  isRead: boolean
  /** The app was told that the device holds another history. */
  isSetAside: boolean
  readonly edits: Edit[]
  /** The status that was looked at last, and the number of edits then. */
  seen: { status: DocumentStatus; edits: number } | null
  /** Edits that `saved()` said are durable, until somebody has looked. */
  readonly acked: Edit[]
  /** What others should see of this participant. */
  presence: unknown
}

/** Edits of a document that was closed in the orderly way: opened again in the same tab, it shows them. */
export interface Carried {
  readonly edits: readonly Edit[]
  /** How often the storage had failed when the first of them was entrusted to it. */
  readonly storeFailures: number
}

/** One run of the production client, in a process of its own. */
export class Tab {
  readonly process: Process
  readonly #client: Client
  readonly #deps: TabDeps
  readonly #random: SeededRandom
  readonly #open = new Map<string, OpenDocument>()
  readonly #closed = new Map<string, Carried>()
  /** What has been opened again, until somebody has looked. */
  readonly reopened: Map<string, Carried> = new Map()
  readonly #refused = new Set<string>()
  /** All that the app was told of by `onError`. */
  readonly told: Set<ErrorCode> = new Set()
  #clonedClientId: number | undefined
  #left = false
  readonly #listeners = new Set<(event: EnvironmentEvent) => void>()
  /** What the machine believes. */
  #isOnline = true

  constructor(deps: TabDeps) {
    this.#deps = deps
    this.#random = deps.random
    this.#clonedClientId = deps.clonedClientId
    this.process = new Process(
      deps.world,
      deps.name,
      () => this.#random.between(0, turnMsMax),
      deps.device.clock,
    )
    deps.world.record(deps.name, 'opened')
    this.#client = createEngine(this.#ports(), {
      url: 'ws://relay',
      token: deps.device.name,
      onError: (error, document) => this.#failed(error, document),
    })
  }

  /** Whoever takes it does something with it. */
  get client(): Client {
    this.process.touch()
    return this.#client
  }

  get documents(): ReadonlyMap<string, OpenDocument> {
    return this.#open
  }

  open(document: string): void {
    if (this.#left || this.#open.has(document)) return
    const handle = this.client.open(document)
    const { world, name } = this.#deps
    this.#open.set(document, {
      handle,
      isRead: false,
      isSetAside: false,
      edits: [],
      seen: null,
      acked: [],
      presence: null,
    })
    const carried = this.#closed.get(document)
    this.#closed.delete(document)
    if (carried) this.reopened.set(document, carried)
    let doc = handle.doc
    bindRoots(doc)
    // Promises that a closing document rejects are nobody's concern here.
    handle.synced.catch(() => {})
    handle.subscribe(() => {
      const { connection, edits, seq } = handle.status
      world.record(name, 'status', `${document} ${connection} ${edits} ${seq}`)
      if (connection === 'refused') this.#tryAgain(document)
      const open = this.#open.get(document)
      if (open?.handle === handle) this.#tellStatus(document, handle)
      if (handle.doc === doc) return
      doc = handle.doc
      bindRoots(doc)
    })
  }

  async close(document: string): Promise<void> {
    this.process.touch()
    const open = this.#open.get(document)
    if (open === undefined) return
    this.#open.delete(document)
    this.#carry(document, open)
    await open.handle.close()
  }

  #carry(document: string, { edits }: OpenDocument): void {
    const { failures } = this.#deps.device.store
    const before = this.reopened.get(document)
    this.reopened.delete(document)
    this.#closed.set(document, {
      edits: [...(before?.edits ?? []), ...edits],
      storeFailures: before?.storeFailures ?? failures,
    })
  }

  /** Asks for the relay's word that all edits so far are durable. */
  async awaitSaved(document: string): Promise<void> {
    const open = this.#open.get(document)
    if (open === undefined) return
    this.process.touch()
    const soFar = [...open.edits]
    // Rejected when the document is closed before: then nothing was said.
    const saved = await open.handle.saved().then(
      () => true,
      () => false,
    )
    if (saved) open.acked.push(...soFar)
  }

  setPresence(document: string, state: unknown): void {
    const open = this.#open.get(document)
    if (open === undefined) return
    this.process.touch()
    open.presence = state
    this.#deps.news.tell((each) => each.presence?.(this.#place(document), state))
    open.handle.presence.set(state)
  }

  /** Closes the client in the orderly way, then the tab. */
  leave(): void {
    this.#deps.world.record(this.#deps.name, 'leaving')
    this.#left = true
    void this.client.close().then(() => this.kill('reset'))
  }

  /** The app has a listener that throws at the next transaction. */
  breakListener(document: string): void {
    const doc = this.#open.get(document)?.handle.doc
    if (doc !== undefined) breakListener(doc)
  }

  /** One transaction of a person, entered into the ledger as it happens. */
  edit(document: string, verb: EditVerb, token: string): Edit | null {
    const open = this.#open.get(document)
    if (open === undefined || !this.process.running) return null
    this.process.touch()
    const { doc } = open.handle
    const effect = changeOf(doc, () => verb(doc, this.#random, token))
    if (effect === null) return null
    const { device, name, ledger } = this.#deps
    const edit = ledger.add({ document, device: device.name, tab: name, effect, token })
    open.edits.push(edit)
    return edit
  }

  /** The page is hidden or shown, the machine believes to be online or offline. */
  tell(event: EnvironmentEvent): void {
    this.#deps.world.record(this.#deps.name, event)
    this.process.touch()
    if (event === 'online' || event === 'offline') this.#isOnline = event === 'online'
    for (const listener of [...this.#listeners]) listener(event)
  }

  kill(notice: Notice): void {
    if (!this.process.alive) return
    this.process.kill()
    this.#deps.network.processDied(this.process, notice)
    this.#deps.device.store.crash(this.process)
  }

  #tellStatus(document: string, { status, doc }: DocumentHandle): void {
    const isAlone = this.#deps.network.hasGhost(this.process)
    this.#deps.news.tell((each) => each.status?.(this.#place(document), status, doc, isAlone))
  }

  #place(document: string): TabPlace {
    const { name, device } = this.#deps
    return { tab: name, device: device.name, document }
  }

  /** Somebody who was refused for good comes back: now and then, and when there is a reason to believe in it. */
  #tryAgain(document: string): void {
    if (this.#refused.has(document)) return
    this.#refused.add(document)
    this.process.after(this.#random.interval(tryAgainMs), 'tries again', () => {
      this.#refused.delete(document)
      const { connection, error } = this.#open.get(document)?.handle.status ?? {}
      if (connection !== 'refused') return
      const isForGood = error === null || error?.retryAfterMs === null
      if (isForGood && this.#deps.triesAgain(document)) this.client.reconnect()
      else this.#tryAgain(document)
    })
  }

  #failed({ code }: TidemarkError, document: string | null): void {
    this.#deps.world.record(this.#deps.name, 'error', code)
    this.told.add(code)
    // What the status says from now on is about another document, which does not have these edits.
    const open = document === null ? undefined : this.#open.get(document)
    if (code !== 'replica/set-aside' && code !== 'document/other-lineage') return
    open?.edits.splice(0)
    if (open !== undefined) open.isSetAside = true
    if (document !== null) for (const each of [this.#closed, this.reopened]) each.delete(document)
  }

  #noticingReads(store: ReplicaStore): ReplicaStore {
    return {
      ...store,
      load: async (document) => {
        const reading = store.load(document)
        // A document that is being opened is entered when that returns; when it has been read, it may be another one's turn.
        await Promise.resolve()
        const open = this.#open.get(document)
        const stored = await reading
        if (open !== undefined) open.isRead = true
        return stored
      },
    }
  }

  #ports(): ClientPorts {
    const { network, device, wrapStore } = this.#deps
    const isOnline = (): boolean => this.#isOnline
    return {
      clock: this.process.clock,
      random: this.#random.next,
      randomBytes: this.#random.bytes,
      store: this.#noticingReads(wrapStore(device.store.open(this.process))),
      connect: (_url, listener) =>
        network.connect(this.process, device.name, relayAddress, '/', { ...listener, drained() {} }),
      siblings: device.pages.join(this.process),
      environment: {
        get online() {
          return isOnline()
        },
        subscribe: (listener) => {
          this.#listeners.add(listener)
          return () => this.#listeners.delete(listener)
        },
      },
      // As in a browser: it takes its time, and whatever arrives meanwhile has to wait.
      inflate: (bytes, bytesMax) =>
        new Promise((resolve) => {
          const done = (): void => resolve(inflate(bytes, bytesMax))
          this.process.after(this.#random.pick([0, 5, 50]), 'inflated', done)
        }),
      loadDigest: () => Promise.resolve(digest),
      createDoc: (document) => {
        const doc = new Y.Doc()
        doc.clientID = this.#clonedClientId ?? this.#random.word()
        this.#clonedClientId = undefined
        this.#deps.news.tell((each) => each.created?.(this.#place(document), doc.clientID))
        return doc
      },
    }
  }
}

const turnMsMax = 0.5
const tryAgainMs = 2_000

function inflate(bytes: Uint8Array, bytesMax: number): Uint8Array {
  try {
    return inflateRawSync(bytes, { maxOutputLength: bytesMax })
  } catch (cause) {
    throw new TidemarkError('relay/internal', 'not a deflated snapshot', { cause })
  }
}
