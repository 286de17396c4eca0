import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../../../node_modules/.cache/tidemark/bench', import.meta.url))

/** Made before, on this machine, or now: every trial is a process of its own and wants the same bytes. */
export function cached(key: string, make: () => readonly Uint8Array[]): readonly Uint8Array[] {
  const file = join(folder, `${key}.bin`)
  const found = read(file)
  if (found) return found
  const made = make()
  write(file, made)
  return made
}

/** Each item is its length (4 bytes, little-endian), then its bytes. */
function read(file: string): Uint8Array[] | null {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch {
    return null
  }
  const items: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at)
    items.push(new Uint8Array(bytes.subarray(at + 4, end)))
    at = end
  }
  return items
}

/** Beside it, then renamed: another process may look at the same moment. */
function write(file: string, items: readonly Uint8Array[]): void {
  mkdirSync(dirname(file), { recursive: true })
  const parts = items.flatMap((item) => {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(item.length)
    return [length, item]
  })
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, Buffer.concat(parts))
  renameSync(draft, file)
}
