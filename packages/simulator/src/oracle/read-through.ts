import type { Seq } from '@tidemark/base'
import type { Opened, RelayMessage } from '@tidemark/protocol'
import type { Border, Party } from './border.ts'

interface Session {
  channel: number
  /** The cursor that its client can show when all that it has been sent has arrived. */
  through: Seq
  /** It gives back what the log lacks, and is sent nothing before. */
  isResync: boolean
}

/** How far each session of the native protocol has been sent its log. */
export class ReadThrough {
  readonly #parties = new WeakMap<Party, Map<number, Session>>()

  constructor(border: Border) {
    border.listen({
      opens: (party, session) =>
        void this.#of(party).set(session, { channel: -1, through: 0, isResync: false }),
      openedByCursor: ({ party, cursor, opened }) => this.#resumed(party, cursor.seq, opened),
      sent: ({ party, message }) => this.#sent(party, message),
    })
  }

  /** Null: it is in a resync, or nobody has asked for it. */
  of(party: Party, session: number): Seq | null {
    const found = this.#of(party).get(session)
    return found === undefined || found.isResync ? null : found.through
  }

  #of(party: Party): Map<number, Session> {
    const sessions = this.#parties.get(party) ?? new Map<number, Session>()
    this.#parties.set(party, sessions)
    return sessions
  }

  #resumed(party: Party, seq: Seq, { session, resume }: Opened): void {
    const found = this.#of(party).get(session)
    if (found === undefined) return
    found.isResync = resume.kind === 'resync'
    if (resume.kind === 'tail') found.through = seq
  }

  #sent(party: Party, message: RelayMessage): void {
    const sessions = this.#of(party)
    switch (message.type) {
      case 'opened': {
        const session = sessions.get(message.session)
        if (session) session.channel = message.channel
        return
      }
      case 'entries':
        for (const session of sessions.values())
          if (session.channel === message.channel) moved(session, message.first + message.updates.length - 1)
        return
      case 'snapshot-part':
        if (message.offset + message.bytes.length < message.totalBytes) return
        return moved(sessions.get(message.session), message.seq)
      case 'ack':
        return message.first <= message.last ? moved(sessions.get(message.session), message.last) : undefined
      case 'closed':
        return void sessions.delete(message.session)
      default:
        return
    }
  }
}

function moved(session: Session | undefined, through: Seq): void {
  if (!session) return
  session.through = through
  session.isResync = false
}
