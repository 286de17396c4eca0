import type { Principal } from '@tidemark/base'
import type { ClientRange } from '@tidemark/updates'
import type { Author } from './author.ts'

/** Who may extend which client id. `null`: everybody (the id came by the y-websocket dialect). Absent: nobody has yet. */
export type Owners = Map<number, Principal | null>

/** The first client id among `adds` that `principal` may not extend, or null. */
export function foreignClient(
  owners: Owners,
  adds: readonly ClientRange[],
  principal: Principal,
): number | null {
  for (const { client } of adds) {
    const owner = owners.get(client)
    if (owner !== undefined && owner !== null && owner !== principal) return client
  }
  return null
}

/** Takes in who wrote `adds`: the first to write under a client id with a push of its own becomes its owner. */
export function claim(owners: Owners, adds: readonly ClientRange[], author: Author): void {
  if (author.way === 'recovery' || author.way === 'unproven') return
  const owner = author.way === 'native' ? author.principal : null
  for (const { client } of adds) {
    if (!owners.has(client)) owners.set(client, owner)
  }
}
