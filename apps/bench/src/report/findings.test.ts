import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { scenarios } from '../scenarios/scenarios.ts'
import { readFindings } from './findings.ts'

it('findings are about targets that there are', () => {
  const findings = readFindings(readFileSync(new URL('../../FINDINGS.md', import.meta.url), 'utf8'))
  const targets = scenarios.flatMap(({ id, targets }) => targets.map((_, at) => `${id}.${at + 1}`))
  expect(targets).toEqual(expect.arrayContaining(findings.flatMap(({ targets }) => targets)))
})

it('a section is a finding', () => {
  expect(readFindings('# All\n\n## B1.2, B2.1: Why\n\nBecause.\n\n### More\n\n## B3.1: Or not\n')).toEqual([
    { targets: ['B1.2', 'B2.1'], title: 'B1.2, B2.1: Why', text: 'Because.\n\n### More' },
    { targets: ['B3.1'], title: 'B3.1: Or not', text: '' },
  ])
})
