import type { ClientMessage } from '@tidemark/protocol'

/** Messages of a client that name a session which is open, or about to be. */
export type SessionMessage = Extract<
  ClientMessage,
  { readonly type: 'state' | 'push' | 'presence-update' | 'verify' }
>

/** What each message counts for beside its bytes. */
const overheadBytes = 100

/** What a client says before its session is open, in order. Copied: a frame's bytes are gone after it was received. */
export class EarlyMessages {
  readonly #bytesMax: number
  #bytes = 0
  #messages: SessionMessage[] = []

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** False when that is more than may wait. */
  add(message: SessionMessage): boolean {
    this.#bytes += bytesOf(message).length + overheadBytes
    if (this.#bytes > this.#bytesMax) return false
    this.#messages.push(copyOf(message))
    return true
  }

  take(): readonly SessionMessage[] {
    const messages = this.#messages
    this.#messages = []
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
