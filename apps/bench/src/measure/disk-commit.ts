import { closeSync, fdatasyncSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Samples } from './samples.ts'
import { sleep } from './waiting.ts'

const pageBytes = 4_096

/**
 * What a commit costs on the disk of this folder, in milliseconds: a page appended and made durable, each time. With a
 * pause in between it costs more: a disk and a processor that rest must wake.
 */
export async function measureCommits(folder: string, count: number, pauseMs: number): Promise<Samples> {
  const file = join(folder, 'commits')
  const handle = openSync(file, 'w')
  const page = Buffer.alloc(pageBytes, 1)
  const samples = new Samples()
  try {
    for (let at = 0; at < count; at++) {
      const startMs = performance.now()
      writeSync(handle, page)
      fdatasyncSync(handle)
      samples.add(performance.now() - startMs)
      if (pauseMs > 0) await sleep(pauseMs)
    }
  } finally {
    closeSync(handle)
    unlinkSync(file)
  }
  return samples
}
