import { LoadSocket } from '../wire/load-socket.ts'
import { createDeferred, type Dialect, type JoinOptions, type Session } from './dialect.ts'

/** A message is an update and nothing else. `greeted`: the first message of a connection is the document. */
export function createBareDialect({ greeted = false } = {}): Dialect {
  return {
    async join({ port, document, onUpdate, onClose, onPresence }: JoinOptions): Promise<Session> {
      const live = createDeferred()
      const socket = await LoadSocket.connect({
        port,
        path: `/${document}`,
        onMessage(payload) {
          live.resolve()
          if (payload[0] === presenceMark) onPresence?.(payload.readUInt32LE(1), payload.toString('utf8', 5))
          else onUpdate?.(payload)
        },
        ...(onClose ? { onClose } : {}),
      })
      if (!greeted) live.resolve()
      return {
        socket,
        live: live.promise,
        cursor: null,
        send: (update) => socket.send(update),
        present(id, _clock, state) {
          const message = Buffer.alloc(5 + Buffer.byteLength(state))
          message[0] = presenceMark
          message.writeUInt32LE(id, 1)
          message.write(state, 5)
          socket.send(message)
        },
        flush: () => socket.flush(),
        close: () => socket.close(),
      }
    },
  }
}

/** No update of one author begins with it: that is the number of its authors. */
const presenceMark = 0xff
