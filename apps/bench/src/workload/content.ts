import * as Y from 'yjs'

/** What an update holds of one author, each as clock and length in turn. */
export interface Content {
  readonly structs: number[]
  readonly deletes: number[]
}

/** Of a V1 update, however it was merged. Placeholders for what is missing do not count. */
export function contentOf(update: Uint8Array, clientId: number): Content {
  const { structs, ds } = Y.decodeUpdate(update)
  const content: Content = { structs: [], deletes: [] }
  for (const struct of structs) {
    if (struct.id.client === clientId && !(struct instanceof Y.Skip)) {
      content.structs.push(struct.id.clock, struct.length)
    }
  }
  for (const { clock, len } of ds.clients.get(clientId) ?? []) content.deletes.push(clock, len)
  return content
}
