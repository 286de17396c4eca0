import type { Rot } from '../disk/rot.ts'
import { Violation } from '../oracle/violation.ts'
import type { Scene } from '../scene.ts'
import type { Checker } from './checker.ts'

/** Shorter ones might be what somebody really wrote. */
const tellingBytesMin = 16

/** S4, FAIL3: bytes that fail their checksum are never served. What rotted on the disk is in no frame that leaves it. */
export function createRotNeverServed({
  world,
  disk,
  relay,
}: Pick<Scene, 'world' | 'disk' | 'relay'>): Checker {
  const rotten: { readonly rot: Rot; readonly content: Buffer }[] = []

  disk.watch({
    rotted(rot) {
      const { content } = rot
      if (content !== null && content.length >= tellingBytesMin)
        rotten.push({ rot, content: Buffer.from(content) })
    },
  })
  relay.readFrames((frame) => {
    if (rotten.length === 0) return
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
    for (const { rot, content } of rotten) {
      if (!bytes.includes(content)) continue
      // Thrown here it would be the relay's to catch.
      world.fail(new Violation('S4', `${rot.where} of ${rot.document} was sent as it rotted`))
    }
  })
  return {}
}
