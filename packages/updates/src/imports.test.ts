import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** Everything that is loaded with a file of this folder: its own files and packages. Types are not loaded. */
function loadedWith(file: string, loaded: Set<string> = new Set()): Set<string> {
  if (loaded.has(file)) return loaded
  loaded.add(file)
  const source = readFileSync(new URL(file, import.meta.url), 'utf8')
  for (const [, names = '', from = ''] of source.matchAll(
    /^(?:import|export)\s+([^;'"]*?)\s+from '([^']+)'$/gm,
  )) {
    if (names.startsWith('type ') || areTypes(names)) continue
    if (from.startsWith('./')) loadedWith(from, loaded)
    else loaded.add(from)
  }
  return loaded
}

function areTypes(names: string): boolean {
  const inBraces = /^\{(.*)\}$/s.exec(names)?.[1]
  return (
    inBraces !== undefined &&
    inBraces.split(',').every((name) => name.trim() === '' || /^\s*type /.test(name))
  )
}

test('a relay that inspects loads no Yjs', () => {
  const loaded = loadedWith('./inspect.ts')
  expect([...loaded]).toContain('./reader.ts')
  expect([...loaded]).not.toContain('yjs')
})

test.each(['./merge.ts', './digest.ts', './run-writer.ts'])(
  'a client that uses %s does not load inspect',
  (file) => {
    const loaded = loadedWith(file)
    expect(loaded.size).toBeGreaterThan(1)
    expect([...loaded]).not.toContain('./inspect.ts')
    expect([...loaded]).not.toContain('./reader.ts')
  },
)
