import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { eventLevels } from './event-levels.ts'
import { readSettings } from './settings.ts'

const guide = readFileSync(new URL('../../../docs/self-hosting.md', import.meta.url), 'utf8')

it('docs/self-hosting.md has a row for every flag, with its variable and its default', () => {
  const help = readSettings(['--help'], {})
  if (help.kind !== 'help') throw new Error(help.kind)
  const rows = [...help.text.matchAll(/^ {2}--(\S+) .*\n(.*)\n/gm)].map(([, flag = '', line = '']) => {
    const variable = `TIDEMARK_${flag.replaceAll('-', '_').toUpperCase()}`
    return `| \`--${flag}\` | \`${variable}\` | ${/\(([^()]*)\)$/.exec(line)?.[1] ?? ''} `
  })
  expect(rows.length).toBeGreaterThan(10)
  for (const row of rows) expect(guide.replaceAll('|  |', '| |')).toContain(row.replaceAll('|  ', '| '))
})

it('docs/self-hosting.md says what to do about every event that calls for somebody', () => {
  const loud = Object.entries(eventLevels).filter(([, level]) => level === 'error')
  for (const [event] of loud) expect(guide).toContain(`\`${event}\``)
})
