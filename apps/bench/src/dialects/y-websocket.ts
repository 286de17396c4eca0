import * as decoding from 'lib0/decoding'
import { LoadSocket } from '../wire/load-socket.ts'
import { createDeferred, type Dialect, type JoinOptions, type Session } from './dialect.ts'
import {
  answerTo,
  encodeAwareness,
  encodeSync,
  messageTypes,
  readAwareness,
  stateVectorOf,
  syncTypes,
} from './y-protocol.ts'

/** The stock y-websocket client's protocol; the document is the path below `folder`. */
export function createYWebsocketDialect(folder = ''): Dialect {
  return {
    async join(options: JoinOptions): Promise<Session> {
      const live = createDeferred()
      const socket = await LoadSocket.connect({
        port: options.port,
        path: `${folder}/${options.document}`,
        onMessage: received,
        onClose() {
          live.reject(new Error('the server closed the connection'))
          options.onClose?.()
        },
      })

      function received(payload: Buffer, socket: LoadSocket): void {
        const decoder = decoding.createDecoder(payload)
        const type = decoding.readVarUint(decoder)
        if (type === messageTypes.awareness && options.onPresence)
          return readAwareness(decoding.readVarUint8Array(decoder), options.onPresence)
        if (type !== messageTypes.sync) return
        const sync = decoding.readVarUint(decoder)
        const bytes = decoding.readVarUint8Array(decoder)
        if (sync === syncTypes.step1) {
          socket.send(encodeSync(nothing, syncTypes.step2, answerTo(options, bytes)))
          return socket.flush()
        }
        options.onUpdate?.(bytes)
        if (sync === syncTypes.step2) live.resolve()
      }

      socket.send(encodeSync(nothing, syncTypes.step1, stateVectorOf(options)))
      socket.flush()
      return {
        socket,
        live: live.promise,
        cursor: null,
        send: (update) => socket.send(encodeSync(nothing, syncTypes.update, update)),
        present: (id, clock, state) => socket.send(encodeAwareness(nothing, id, clock, state)),
        flush: () => socket.flush(),
        close: () => socket.close(),
      }
    },
  }
}

const nothing: Uint8Array = new Uint8Array()
