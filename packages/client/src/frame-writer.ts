import type { Clock } from '@tidemark/base'
import { type ClientMessage, concatFrames, encodeClientMessage } from '@tidemark/protocol'
import { limitsBeforeWelcome } from './limits.ts'

export interface FrameWriter {
  add(message: ClientMessage): void
  /** What the relay takes as one frame. */
  limit(frameBytesMax: number): void
  flush(): void
  end(): void
}

/** Gathers the messages of a turn into one frame: the number of writes is what a connection costs. */
export function createFrameWriter(clock: Clock, send: (frame: Uint8Array) => void): FrameWriter {
  let frameBytesMax = limitsBeforeWelcome.frameBytesMax
  let parts: Uint8Array[] = []
  let bytes = 0
  let isDue = false
  let isOver = false

  function flush(): void {
    if (isOver || parts.length === 0) return
    const frame = concatFrames(parts)
    parts = []
    bytes = 0
    send(frame)
  }

  return {
    add(message) {
      const part = encodeClientMessage(message)
      if (bytes + part.length > frameBytesMax) flush()
      parts.push(part)
      bytes += part.length
      if (isDue) return
      isDue = true
      clock.turn(() => {
        isDue = false
        flush()
      })
    },
    limit(max) {
      frameBytesMax = max
    },
    flush,
    end() {
      isOver = true
    },
  }
}
