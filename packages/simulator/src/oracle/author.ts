import type { Principal } from '@tidemark/base'

/*
 * The author that a relay stores with an entry: the principal, and how the entry came. It is read here without the relay's
 * own code, which is what is checked.
 */

/** It stands behind the principal when the entry came another way than by a plain push. */
const mark = '\u001f'

export function principalOf(author: string): Principal {
  return author.split(mark)[0] as string
}

/** A plain push of a native client: what it writes first under a client id is its own from then on. */
export function isPlainPush(author: string): boolean {
  return !author.includes(mark)
}

/** By a stock client: it passes on what others wrote, and its client ids are everybody's. */
export function isStock(author: string): boolean {
  return author.endsWith(`${mark}y-websocket`)
}
