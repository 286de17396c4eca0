import type { JoinSiblings, SiblingNote } from '../ports.ts'

/** The other pages of this origin on the database `name`. In Node it keeps the process alive until it is left. */
export function createSiblings(name: string): JoinSiblings {
  return (heard) => {
    const channel = new BroadcastChannel(`tidemark ${name}`)
    channel.addEventListener('message', ({ data }: MessageEvent<SiblingNote>) => heard(data))
    return { tell: (note) => channel.postMessage(note), leave: () => channel.close() }
  }
}
