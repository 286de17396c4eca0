import { expect, test } from 'vitest'
import { linesMax, RelayLines } from './relay-lines.ts'

const line = (event: string, document?: string): string => JSON.stringify({ level: 'info', event, document })

test('what was told is known from its mark on, and by its document', () => {
  const lines = new RelayLines()
  lines.add(line('document-halted', 'one'))
  expect(lines.told('document-halted', 0, 'one')).toBe(true)
  expect(lines.told('document-halted', 0, 'two')).toBe(false)
  expect(lines.told('document-halted', lines.mark())).toBe(false)
})

test('a line that is no event is kept, and is none', () => {
  const lines = new RelayLines()
  expect(lines.add('    at somewhere.ts:1').event).toBe('    at somewhere.ts:1')
  lines.add(line('listening'))
  expect(lines.last(2)).toEqual(['    at somewhere.ts:1', 'listening'])
})

test('at the limit the oldest lines are forgotten, and marks stay where they were', () => {
  const lines = new RelayLines()
  lines.add(line('first'))
  lines.add(line('second'))
  const mark = lines.mark()
  for (let i = 2; i < linesMax; i++) lines.add(line('later'))
  expect(lines.told('first', 0)).toBe(true)
  lines.add(line('last'))
  expect([lines.told('first', 0), lines.told('second', 0)]).toEqual([false, true])
  expect([lines.told('second', mark), lines.told('last', mark)]).toEqual([false, true])
  expect(lines.told('last', lines.mark())).toBe(false)
})
