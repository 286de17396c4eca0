import { TidemarkError } from '@tidemark/base'
import { describe, expect, it } from 'vitest'
import { createReporter, type Level } from './reporter.ts'

function linesOf(format: 'json' | 'text', level: Level = 'debug') {
  const lines: string[] = []
  const report = createReporter({ level, format, write: (line) => lines.push(line), now: () => 0 })
  return { lines, report }
}

describe('the reporter', () => {
  it('writes one JSON object a line', () => {
    const { lines, report } = linesOf('json')
    report('info', 'relay/listening', { port: 8787, text: 'two\nlines' })
    expect(lines).toEqual([expect.stringMatching(/^[^\n]+\n$/)])
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'info',
      event: 'relay/listening',
      port: 8787,
      text: 'two\nlines',
    })
  })

  it('writes for people so that nothing from outside forges a line', () => {
    const { lines, report } = linesOf('text')
    report('error', 'document-halted', { document: 'x\n00:00:00 all is well\u001b[2J', seq: 7 })
    expect(lines).toEqual([
      '00:00:00 ERROR document-halted document="x\\n00:00:00 all is well\\u001b[2J" seq=7\n',
    ])
  })

  it.each([
    ['error', 1],
    ['info', 2],
    ['debug', 3],
  ] as const)('at level %s writes %i of three', (level, count) => {
    const { lines, report } = linesOf('json', level)
    for (const each of ['error', 'info', 'debug'] as const) report(each, 'event')
    expect(lines).toHaveLength(count)
  })

  it('gives an operating error its code and a mistake its stack', () => {
    const { lines, report } = linesOf('json')
    report('error', 'a', { error: new TidemarkError('log/full', 'no space', { cause: new Error('ENOSPC') }) })
    report('error', 'b', { error: new TypeError('x is not a function') })
    expect(JSON.parse(lines[0] ?? '').error).toEqual({
      code: 'log/full',
      message: 'no space',
      cause: 'Error: ENOSPC',
    })
    expect(JSON.parse(lines[1] ?? '').error.stack).toContain('reporter.test')
  })
})
