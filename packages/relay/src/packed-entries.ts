import type { PackedEntries } from './replayer.ts'

export function packEntries(
  entries: readonly { readonly update: Uint8Array; readonly author: string }[],
): PackedEntries {
  const ends = new Uint32Array(entries.length)
  let end = 0
  entries.forEach(({ update }, i) => {
    end += update.length
    ends[i] = end
  })
  const bytes = new Uint8Array(end)
  entries.forEach(({ update }, i) => bytes.set(update, (ends[i] as number) - update.length))
  return { bytes, ends, authors: entries.map(({ author }) => author) }
}

/** The updates in order, as views into the buffer. */
export function* unpackEntries({
  bytes,
  ends,
  authors,
}: PackedEntries): Generator<{ update: Uint8Array; author: string }> {
  let start = 0
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i] as number
    yield { update: bytes.subarray(start, end), author: authors[i] as string }
    start = end
  }
}
