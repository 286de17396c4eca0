/** Bytes of all that this origin's databases hold: keys and the bookkeeping of the browser aside. */
export async function countStoredBytes(): Promise<number> {
  let total = 0
  for (const { name = '' } of await indexedDB.databases()) {
    const database = await ask(indexedDB.open(name))
    for (const store of database.objectStoreNames) {
      const values = await ask(database.transaction(store).objectStore(store).getAll())
      for (const value of values) total += bytesOf(value)
    }
    database.close()
  }
  return total
}

function ask<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('the request failed')))
  })
}

function bytesOf(value: unknown): number {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  return Object.values(value).reduce((total: number, part) => total + bytesOf(part), 0)
}
