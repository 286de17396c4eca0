import { readFileSync } from 'node:fs'
import { errorCodes } from '@tidemark/base'
import { expect, test } from 'vitest'

const text = readFileSync(new URL('../../docs/ERRORS.md', import.meta.url), 'utf8')
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )

test('docs/ERRORS.md has a row for every code, and for nothing else', () => {
  const documented = rows.map(([code]) => code?.replaceAll('`', ''))
  expect(documented.toSorted(byCodeUnits)).toEqual(errorCodes.toSorted(byCodeUnits))
})

test('every row of docs/ERRORS.md says cause, who retries, and what to do', () => {
  for (const [code, cause, retry, cure] of rows) {
    expect(cause, code).toMatch(/\w{3}/)
    expect(retry, code).toMatch(/^(self|you|no)$/)
    expect(cure, code).toMatch(/\w{3}/)
  }
})

function byCodeUnits(a: string | undefined, b: string | undefined): number {
  return String(a) < String(b) ? -1 : 1
}
