import type { ReplicaStore } from '@tidemark/client'
import type { AppendChange, ReplicaChange, Written } from '@tidemark/client/engine'
import type { Append, UpdateLog } from '@tidemark/log'
import {
  concatFrames,
  decodeRelayFrame,
  defaultConnectionLimits,
  encodeRelayMessage,
  type RelayMessage,
} from '@tidemark/protocol'
import type { Socket } from '@tidemark/relay'
import type { SeededRandom } from '../world/seeded-random.ts'
import type { PlantedBug } from './planted-bug.ts'

/** The log answers from memory and writes later. */
const ackBeforeCommit: PlantedBug = {
  name: 'ack before commit',
  breaks: ['S6', 'S2', 'S4', 'S7', 'S9'],
  plant: () => ({
    wrapLog(log, disk) {
      const cache = disk.durable.copy()
      cache.open(disk.epoch)
      return {
        ...log,
        load: async (document) => cache.load(document),
        read: async (document, after, bytesMax) => cache.read(document, after, bytesMax),
        judge: async (document, cursor) => cache.judge(document, cursor),
        create(document, lineage) {
          void log.create(document, lineage)
          return Promise.resolve(cache.create(document, lineage))
        },
        async append(document, append: Append) {
          const receipt = cache.append(document, append)
          log.append(document, append).catch(() => {})
          return receipt
        },
      } satisfies UpdateLog
    },
  }),
}

/** A participant now and then is not told that somebody came, moved or went. */
const presenceDropped: PlantedBug = {
  name: 'presence dropped',
  breaks: ['PRE2'],
  plant: (random) => ({ wrapSocket: (socket) => dropping(socket, random, 'presence-changed') }),
}

/** The cursor is stored first, the data it stands for in a transaction of their own. */
const cursorBeforeData: PlantedBug = {
  name: 'cursor stored before data',
  breaks: ['C1'],
  plant: () => ({
    wrapStore: (store) =>
      splitAppends(store, ({ updates, edits, acked, ...rest }) => [
        { ...rest, updates: [], edits: [], acked: [] },
        { ...rest, updates, edits, acked, move: null },
      ]),
  }),
}

/** Quick to find, for tests of the simulator itself. The zoo has those that the field really had. */
export const plantedBugs: readonly PlantedBug[] = [ackBeforeCommit, presenceDropped, cursorBeforeData]

/** A socket on which messages of one type get lost. */
function dropping(socket: Socket, random: SeededRandom, type: RelayMessage['type']): Socket {
  return {
    get bufferedBytes() {
      return socket.bufferedBytes
    },
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
    send(frame) {
      const decoded = decodeRelayFrame(frame, defaultConnectionLimits)
      if (decoded.kind !== 'messages') return socket.send(frame)
      const kept = decoded.messages.filter((message) => message.type !== type || random.chance(0.9))
      if (kept.length === decoded.messages.length) return socket.send(frame)
      if (kept.length > 0) socket.send(concatFrames(kept.map(encodeRelayMessage)))
    },
  }
}

function splitAppends(
  store: ReplicaStore,
  split: (change: AppendChange) => readonly [AppendChange, AppendChange],
): ReplicaStore {
  return {
    ...store,
    async write(document: string, change: ReplicaChange): Promise<Written> {
      if (change.kind !== 'append') return store.write(document, change)
      const [first, second] = split(change)
      const before = await store.write(document, first)
      const after = await store.write(document, second)
      return {
        outcome: before.outcome === 'written' ? after.outcome : before.outcome,
        incarnation: after.incarnation,
        keys: [...before.keys, ...after.keys],
      }
    },
  }
}
