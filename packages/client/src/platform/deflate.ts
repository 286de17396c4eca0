import type { Inflate } from '../ports.ts'

// Raw deflate, with the streams that browsers and Node have in common.

/** Rejects when `bytes` are damaged, or expand to more than `bytesMax`. */
export const inflate: Inflate = (bytes, bytesMax) =>
  flow(bytes, new DecompressionStream('deflate-raw'), bytesMax)

/** Never more than `bytes` and a few: what does not shrink is stored in blocks. */
export function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  return flow(bytes, new CompressionStream('deflate-raw'), Number.POSITIVE_INFINITY)
}

async function flow(
  bytes: Uint8Array,
  through: GenericTransformStream,
  bytesMax: number,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  const reader = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(through).getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.length
    if (size > bytesMax) throw new Error('it expands without end')
    parts.push(read.value)
  }
  return new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer())
}
