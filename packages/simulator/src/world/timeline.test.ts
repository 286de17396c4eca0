import { expect, test } from 'vitest'
import { concerns, formatLine, isIdle } from './timeline.ts'
import type { TraceLine } from './trace.ts'

const line = (actor: string, what: string, detail: number | string = 0, shown?: string): TraceLine => ({
  timeMs: 12.5,
  actor,
  what,
  detail,
  show: shown === undefined ? null : () => shown,
})

test('each kind of line has a mark of its own', () => {
  const mark = (each: TraceLine): string | undefined => formatLine(each)[12]
  const marks = [
    line('fault', 'cut'),
    line('a.1', 'edit', '<a1> type in d1'),
    line('a.1 > relay', 'frame'),
    line('a.1', 'status', 'd1 live saved 1'),
    line('disk', 'commit', 1),
    line('relay', 'killed'),
    line('a.1', 'online'),
  ].map(mark)
  expect(marks).toEqual(['!', '*', '>', '=', '#', '~', ' '])
})

test('a filter takes a person for all tabs, and both ends of what is sent', () => {
  const sent = line('a.1 > relay', 'frame')
  expect(['a', 'a.1', 'relay'].map((actor) => concerns(sent, [actor]))).toEqual([true, true, true])
  expect(['b', 'a.2', 'a.11'].map((actor) => concerns(sent, [actor]))).toEqual([false, false, false])
})

test('heartbeats are idle, what goes along with one is not', () => {
  expect(isIdle(line('a.1 > relay', 'frame', 1, 'ping(nonce=1), ping(nonce=2)'))).toBe(true)
  expect(isIdle(line('a.1 > relay', 'frame', 1, 'ping(nonce=1), push(batch=1)'))).toBe(false)
})
