import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The packages whose code runs in a simulation, and the simulator itself. */
const packages = ['client', 'log', 'protocol', 'relay', 'simulator', 'updates']

/** Each call of `sometimes` in the sources, with its claim. */
const call = /\bsometimes\(\s*'((?:[^'\\]|\\.)+)'/g

export interface Claim {
  readonly claim: string
  /** The source file that makes it, from the folder of the packages. */
  readonly file: string
}

/** Every claim that the code makes with `sometimes`, read from the sources: one that never runs is known too. */
export function findClaims(): readonly Claim[] {
  return packages.flatMap((name) => {
    const folder = `${name}/src`
    return sourcesIn(folder).flatMap((file) => claimsIn(file, readFileSync(pathOf(file), 'utf8')))
  })
}

/** The claims that never came true. */
export function neverTrue(happened: ReadonlyMap<string, number>): readonly Claim[] {
  return findClaims().filter(({ claim }) => !happened.has(claim))
}

function claimsIn(file: string, source: string): Claim[] {
  return Array.from(source.matchAll(call), ([, claim]) => ({ claim: claim as string, file }))
}

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(pathOf(folder), { recursive: true })
    .map((name) => `${folder}/${String(name).replaceAll('\\', '/')}`)
    .filter(
      (file) =>
        file.endsWith('.ts') &&
        !file.endsWith('.test.ts') &&
        !file.includes('/testing/') &&
        !file.includes('/zoo/'),
    )
    .sort()
}

/** The same from `src` and from `dist`. */
function pathOf(file: string): string {
  return fileURLToPath(new URL(`../../${file}`, import.meta.url))
}
