import type { ClientMessage } from '@tidemark/protocol'

/** Messages of a client that name a session which is open, or about to be. */
export type SessionMessage = Extract<
  ClientMessage,
  { readonly type: 'state' | 'push' | 'presence-update' | 'verify' }
>

/** What each message counts for beside its bytes. */
const overheadBytes = 100

/** Room for early messages. Shared by the sessions of a connection: nobody has let any of them in yet. */
export class EarlyRoom {
  #bytesLeft: number

  constructor(bytesMax: number) {
    this.#bytesLeft = bytesMax
  }

  /** False when there is not as much. */
  take(bytes: number): boolean {
    if (bytes > this.#bytesLeft) return false
    this.#bytesLeft -= bytes
    return true
  }

  give(bytes: number): void {
    this.#bytesLeft += bytes
  }
}

/** What a client says before its session is open, in order. Copied: a frame's bytes are gone after it was received. */
export class EarlyMessages {
  readonly #room: EarlyRoom
  #bytes = 0
  #messages: SessionMessage[] = []

  constructor(room: EarlyRoom) {
    this.#room = room
  }

  /** False when that is more than may wait. */
  add(message: SessionMessage): boolean {
    const bytes = bytesOf(message).length + overheadBytes
    if (!this.#room.take(bytes)) return false
    this.#bytes += bytes
    this.#messages.push(copyOf(message))
    return true
  }

  take(): readonly SessionMessage[] {
    const messages = this.#messages
    this.#messages = []
    this.#room.give(this.#bytes)
    this.#bytes = 0
    return messages
  }
}

function bytesOf(message: SessionMessage): Uint8Array {
  switch (message.type) {
    case 'push':
      return message.update
    case 'state':
      return message.stateVector
    case 'presence-update':
      return message.state
    case 'verify':
      return message.digest
  }
}

function copyOf(message: SessionMessage): SessionMessage {
  const bytes = new Uint8Array(bytesOf(message))
  switch (message.type) {
    case 'push':
      return { ...message, update: bytes }
    case 'state':
      return { ...message, stateVector: bytes }
    case 'presence-update':
      return { ...message, state: bytes }
    case 'verify':
      return { ...message, digest: bytes }
  }
}
