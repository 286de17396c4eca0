import type { Cursor, DocumentId, Principal, Seq } from '@tidemark/base'
import type { UpdateLog } from '@tidemark/log'
import {
  type ClientMessage,
  decodeClientFrame,
  decodeRelayFrame,
  defaultConnectionLimits,
  type Opened,
  type Push,
  type RelayMessage,
  type State,
} from '@tidemark/protocol'
import { readStockFrame, readStockFrames, type StockMessage } from './stock-frame.ts'
import { Violation } from './violation.ts'

/** One connection, as the relay's side of the wire shows it. */
export interface Party {
  readonly dialect: 'native' | 'y-websocket'
  /** Connections in the order in which the relay took them. */
  readonly number: number
  /** What it showed to be let in; in this world the name of a principal. */
  principal: Principal
  /** Bytes that the relay gave to its socket and that have not left. */
  readonly bufferedBytes: () => number
}

/** One message that leaves the relay. */
export interface Sent<Message> {
  readonly party: Party
  /** What it is about; null: it is about the connection. */
  readonly document: DocumentId | null
  /** The session that it belongs to was ended before, and the client was told. */
  readonly isLate: boolean
  readonly message: Message
}

/** A session was opened with a cursor, and is told how it goes on. */
export interface OpenedByCursor {
  readonly party: Party
  readonly document: DocumentId
  readonly cursor: Cursor
  readonly opened: Opened
}

export interface BorderListener {
  sent?(sent: Sent<RelayMessage>): void
  openedByCursor?(opened: OpenedByCursor): void
  sentStock?(sent: Sent<StockMessage>): void
  /** A stock client says something. */
  receivedStock?(party: Party, document: DocumentId, message: StockMessage): void
  /** A frame has been told in full: what is sent next is another write. */
  frameSent?(party: Party, bytes: number): void
  /** It asks for what it lacks, or closes its session: what it is sent next does not go on from what it was sent before. */
  turnsAway?(party: Party, document: DocumentId): void
  /** The relay has been told that the connection is gone, or has ended it. */
  gone?(party: Party): void
  /** A push went up, whatever the relay makes of it. */
  pushed?(principal: Principal, document: DocumentId, update: Uint8Array): void
  /** The same, as the message that it was; only of native clients. */
  pushes?(party: Party, push: Push): void
  /** What it has of its own telling: the answer may leave that out. */
  saysState?(party: Party, state: State): void
  /** A client asks for a session under this number. */
  opens?(party: Party, session: number): void
  /** A client ends it. */
  closes?(party: Party, session: number): void
  /** The relay hands an entry to its log; `author` as stored with it. */
  appends?(document: DocumentId, author: string, update: Uint8Array): void
  /** The relay hears that everything up to `head` is durable; `bytes` of it are new. */
  committed?(document: DocumentId, head: Seq, bytes: number): void
  /** The relay is about to hear that its log did not take an append. */
  appendFailed?(document: DocumentId): void
}

/** What one connection's frames go by, in both directions, before anybody else sees them. */
export interface Tap {
  received(frame: Uint8Array): void
  sent(frame: Uint8Array): void
  /** The connection is over for the relay. */
  ended(): void
}

/**
 * The border of the relay's process: every byte that leaves it is decoded once, and told to all who watch together with
 * whom it is for and what it is about. Nothing of what it knows comes from the relay's own state.
 */
export class Border {
  readonly #listeners: BorderListener[] = []
  readonly #fail: (error: Error) => void
  #connections = 0

  /** What a listener finds is given to `fail`: thrown, it would only reject some promise of the relay's. */
  constructor(fail: (error: Error) => void) {
    this.#fail = fail
  }

  listen(listener: BorderListener): void {
    this.#listeners.push(listener)
  }

  native(bufferedBytes: () => number): Tap {
    const party: Party = { dialect: 'native', number: ++this.#connections, principal: '', bufferedBytes }
    const tap = new NativeTap(party, {
      sent: (sent) => this.#tell((listener) => listener.sent?.(sent)),
      pushed: (document, push) =>
        this.#tell((listener) => {
          listener.pushed?.(party.principal, document, push.update)
          listener.pushes?.(party, push)
        }),
      saysState: (state) => this.#tell((listener) => listener.saysState?.(party, state)),
      opens: (session) => this.#tell((listener) => listener.opens?.(party, session)),
      closes: (session) => this.#tell((listener) => listener.closes?.(party, session)),
      opened: (opened) => this.#tell((listener) => listener.openedByCursor?.(opened)),
      turnsAway: (document) => this.#tell((listener) => listener.turnsAway?.(party, document)),
    })
    return {
      received: (frame) => tap.received(frame),
      sent: (frame) => {
        this.#judge(party, () => tap.sent(frame))
        this.#tell((listener) => listener.frameSent?.(party, frame.length))
      },
      ended: () => this.#tell((listener) => listener.gone?.(party)),
    }
  }

  stock(document: DocumentId, principal: Principal, bufferedBytes: () => number): Tap {
    const party: Party = { dialect: 'y-websocket', number: ++this.#connections, principal, bufferedBytes }
    return {
      received: (frame) => {
        for (const message of readStockFrames(frame))
          this.#tell((listener) => listener.receivedStock?.(party, document, message))
      },
      sent: (frame) => {
        this.#judge(party, () => {
          const sent = { party, document, isLate: false, message: readStockFrame(frame) }
          this.#tell((listener) => listener.sentStock?.(sent))
        })
      },
      ended: () => this.#tell((listener) => listener.gone?.(party)),
    }
  }

  /** The log as the relay sees it, and with it all that the relay appends. */
  log(log: UpdateLog): UpdateLog {
    return {
      ...log,
      append: (document, append) => {
        for (const { author, update } of append.entries)
          this.#tell((listener) => listener.appends?.(document, author, update))
        const bytes = append.entries.reduce((sum, { update }) => sum + update.length, 0)
        const receipt = log.append(document, append)
        // Before the relay hears of it. A refusal is for the relay alone.
        receipt.then(
          ({ head }) => this.#tell((listener) => listener.committed?.(document, head, bytes)),
          () => this.#tell((listener) => listener.appendFailed?.(document)),
        )
        return receipt
      },
    }
  }

  /** S7: nothing leaves the relay that nobody can read, and so nobody has looked at. */
  #judge(party: Party, read: () => void): void {
    try {
      read()
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#fail(new Violation('S7', `what is sent to ${party.principal} is no frame: ${why}`))
    }
  }

  #tell(tell: (listener: BorderListener) => void): void {
    try {
      for (const listener of this.#listeners) tell(listener)
    } catch (error) {
      this.#fail(error as Error)
    }
  }
}

interface TappedSession {
  readonly document: DocumentId
  readonly cursor: Cursor | null
  isEnded: boolean
}

interface NativeNews {
  sent(sent: Sent<RelayMessage>): void
  pushed(document: DocumentId, push: Push): void
  saysState(state: State): void
  opens(session: number): void
  closes(session: number): void
  opened(opened: OpenedByCursor): void
  turnsAway(document: DocumentId): void
}

/** Follows which session and which channel stand for which document. */
class NativeTap {
  readonly #party: Party
  readonly #news: NativeNews
  readonly #sessions = new Map<number, TappedSession>()
  readonly #channels = new Map<number, TappedSession>()

  constructor(party: Party, news: NativeNews) {
    this.#party = party
    this.#news = news
  }

  received(frame: Uint8Array): void {
    if (!isOfNote(frame)) return
    const decoded = decodeClientFrame(frame, defaultConnectionLimits)
    if (decoded.kind === 'messages') for (const message of decoded.messages) this.#learn(message)
  }

  sent(frame: Uint8Array): void {
    const decoded = decodeRelayFrame(frame, defaultConnectionLimits)
    if (decoded.kind !== 'messages') throw new RangeError(decoded.reason)
    for (const message of decoded.messages) this.#sent(message)
  }

  #learn(message: ClientMessage): void {
    if (message.type === 'push' || message.type === 'state' || message.type === 'close') {
      const session = this.#sessions.get(message.session)
      if (session === undefined) return
      if (message.type === 'push') this.#news.pushed(session.document, message)
      else this.#news.turnsAway(session.document)
      if (message.type === 'state') this.#news.saysState(message)
      if (message.type === 'close') this.#news.closes(message.session)
    }
    if (message.type === 'hello') this.#party.principal = message.token
    if (message.type === 'open') {
      const { session, document, cursor } = message
      this.#sessions.set(session, { document, cursor, isEnded: false })
      this.#news.opens(session)
    }
  }

  #sent(message: RelayMessage): void {
    const session = this.#sessionOf(message)
    if (message.type === 'opened' && session) this.#learnOpened(session, message)
    const isLate = session?.isEnded ?? false
    if (message.type === 'closed' && session) session.isEnded = true
    this.#news.sent({ party: this.#party, document: session && session.document, isLate, message })
  }

  #learnOpened(session: TappedSession, opened: Opened): void {
    this.#channels.set(opened.channel, session)
    const { document, cursor } = session
    if (cursor) this.#news.opened({ party: this.#party, document, cursor, opened })
  }

  /** Null: the message is about the connection. */
  #sessionOf(message: RelayMessage): TappedSession | null {
    switch (message.type) {
      case 'welcome':
      case 'go-away':
      case 'pong':
        return null
      case 'entries':
      case 'presence-changed':
        return this.#channels.get(message.channel) ?? nobodys
      default:
        return this.#sessions.get(message.session) ?? nobodys
    }
  }
}

/** About no document of any world: nobody may receive anything of it. */
const nobodys: TappedSession = { document: '?', cursor: null, isEnded: false }

/** Whether a frame holds something that `learn` looks at: the others are not worth decoding. */
function isOfNote(frame: Uint8Array): boolean {
  for (let at = 0; at < frame.length; ) {
    const type = frame[at++]
    if (type !== undefined && typesOfNote.has(type)) return true
    let length = 0
    for (let shift = 0; at < frame.length; shift += 7) {
      const byte = frame[at++] as number
      length += (byte & 127) * 2 ** shift
      if (byte < 128) break
    }
    at += length
  }
  return false
}

/** As docs/PROTOCOL.md numbers them: `hello`, `open`, `state`, `push`, `close`. */
const typesOfNote: ReadonlySet<number> = new Set([1, 2, 3, 4, 7])
