import type { TidemarkError } from '@tidemark/base'
import {
  type Client,
  createClient,
  createMemoryStore,
  type DocumentHandle,
  type ReplicaStore,
} from '@tidemark/client'

export interface SdkClient {
  readonly client: Client
  readonly errors: readonly TidemarkError[]
  open(id: string): DocumentHandle
}

/** The SDK as a program in Node uses it, with a store of its own in memory unless one is given. */
export function createSdkClient(
  url: string,
  options: { store?: ReplicaStore; token?: string } = {},
): SdkClient {
  const errors: TidemarkError[] = []
  const { store = createMemoryStore(), token } = options
  const client = createClient({
    url,
    store,
    ...(token === undefined ? {} : { token }),
    onError: (error) => errors.push(error),
  })
  return { client, errors, open: (id) => client.open(id) }
}
