import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SmallDisk } from '../../harness/small-disk.ts'
import { temporaryFolder } from '../../harness/temp-folder.ts'
import { copiesMax, Disk } from './disk.ts'

/** A disk whose database holds one word. */
function someDisk(): { disk: Disk; root: string; write(word: string): void; read(): string } {
  const root = temporaryFolder()
  const disk = new Disk(root, null)
  mkdirSync(disk.folder)
  const write = (word: string): void => writeFileSync(join(disk.outside, 'tidemark.db'), word)
  const read = (): string => readFileSync(join(disk.outside, 'tidemark.db'), 'utf8')
  return { disk, root, write, read }
}

test('an older copy that is put back is what was copied, and copies stay', () => {
  const { disk, write, read } = someDisk()
  write('older')
  const copy = disk.copy()
  write('newer')
  disk.putBack(copy)
  expect(read()).toBe('older')
  expect(disk.copies).toEqual([copy])
})

test('the latest copies are kept, and no more than the limit', () => {
  const { disk, write } = someDisk()
  write('a word')
  const taken = Array.from({ length: copiesMax + 1 }, () => disk.copy())
  expect(disk.copies).toEqual(taken.slice(1))
  expect(taken.map((copy) => existsSync(copy))).toEqual([false, ...Array(copiesMax).fill(true)])
})

test('a database goes to another disk and comes back with what was written there', () => {
  const { disk, root, write, read } = someDisk()
  write('before')
  const outside = join(root, 'elsewhere')
  disk.moveTo({ kind: 'tmpfs', prefix: ['enter'], outside } as unknown as SmallDisk)
  expect(disk.place).toEqual({ folder: join(root, 'small'), prefix: ['enter'] })
  expect(read()).toBe('before')
  write('there')
  disk.moveTo(null)
  expect(disk.place).toEqual({ folder: join(root, 'data'), prefix: [] })
  expect(read()).toBe('there')
})
