import { closeCodes, closeReason, subprotocol } from '@tidemark/protocol'
import type { Connect, Transport } from '../ports.ts'

/** Dials with the WebSocket of the platform; Node has one of its own from version 22 on, and `ws` before. */
export const connectWebSocket: Connect = (url, listener): Transport => {
  let socket: WebSocket | null = null
  let isOver = false

  function closed(code: number, reason: string): void {
    if (isOver) return
    isOver = true
    listener.closed(code, reason)
  }

  function dial(Socket: typeof WebSocket): void {
    if (isOver) return
    socket = new Socket(url, subprotocol)
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('open', () => {
      if (!isOver) listener.opened()
    })
    socket.addEventListener('message', ({ data }) => {
      if (!isOver && data instanceof ArrayBuffer) listener.received(new Uint8Array(data))
    })
    socket.addEventListener('close', ({ code, reason }) => closed(code, reason))
    // `close` follows, and says all that there is to know.
    socket.addEventListener('error', () => {})
  }

  // Later, also when it fails: the caller does not have the transport yet.
  void Promise.resolve(globalThis.WebSocket ?? import('#ws').then(({ WebSocket: Ws }) => Ws))
    .then(dial)
    .catch((error: unknown) => closed(closeCodes.internalError, String(error)))

  return {
    send(frame) {
      if (socket?.readyState === 1) socket.send(frame as Uint8Array<ArrayBuffer>)
    },
    close(code, reason) {
      isOver = true
      // A browser takes 1000 and its own range from a page, nothing else.
      socket?.close(code === closeCodes.normal ? code : closeCodes.normal, closeReason(reason))
    },
  }
}
