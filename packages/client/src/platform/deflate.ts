import type { Inflate } from '../ports.ts'

// Raw deflate, with the streams that browsers and Node have in common.

const pieceBytes = 65_536

/** The bytes are at fault. What else can fail is up to the browser, and the bytes may be sound. */
export class DamagedError extends Error {}

/** Rejects with DamagedError when `bytes` are damaged, or expand to more than `bytesMax`. */
export const inflate: Inflate = async (bytes, bytesMax) => {
  const through = new DecompressionStream('deflate-raw')
  try {
    return await flow(bytes, through, bytesMax)
  } catch (cause) {
    throw isDamage(cause) ? new DamagedError('it cannot be expanded', { cause }) : cause
  }
}

/** Of a browser's stream, and of Node's. */
function isDamage(cause: unknown): boolean {
  const { code = '' } = cause as { code?: unknown }
  return cause instanceof TypeError || /^Z_(?!MEM)/.test(String(code))
}

/**
 * Never more than `bytes` and a few: what does not shrink is stored in blocks. A browser may do it on the page's own
 * thread, 40 ms per megabyte: `turn` is called between pieces, to let the page go on.
 */
export function deflate(bytes: Uint8Array, turn: (run: () => void) => void): Promise<Uint8Array> {
  return flow(bytes, new CompressionStream('deflate-raw'), Number.POSITIVE_INFINITY, turn)
}

/** Without a Blob on either side, though it would be shorter: a browser keeps those in another process, which took 5 ms. */
async function flow(
  bytes: Uint8Array,
  through: GenericTransformStream,
  bytesMax: number,
  turn?: (run: () => void) => void,
): Promise<Uint8Array> {
  feed(through.writable.getWriter(), bytes, turn).catch(() => {
    // The reader is told too.
  })
  const parts: Uint8Array[] = []
  let size = 0
  const reader = through.readable.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.length
    if (size > bytesMax) {
      void reader.cancel()
      throw new DamagedError('it expands without end')
    }
    parts.push(read.value)
  }
  const all = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** In pieces, the next when the one before was taken: what expands without end does not do so in one go. */
async function feed(
  writer: WritableStreamDefaultWriter,
  bytes: Uint8Array,
  turn?: (run: () => void) => void,
): Promise<void> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    await writer.write(bytes.subarray(at, at + pieceBytes))
    if (turn) await new Promise<void>(turn)
  }
  await writer.close()
}
