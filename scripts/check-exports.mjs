// Packs every published package and looks at the archives as their users get them: publint for the manifest and the
// files, attw for the types.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { findPnpm, needsShell } from './pnpm.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const archives = join(root, 'node_modules/.cache/tidemark/archives')
const bin = (name) => join(root, 'node_modules/.bin', name)

rmSync(archives, { recursive: true, force: true })
mkdirSync(archives, { recursive: true })

const pnpm = await findPnpm()
const failed = published().filter((folder) => !passes(folder))
if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}`)
  process.exitCode = 1
}

function published() {
  const folders = ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => `${parent}/${name}`),
  )
  return folders.filter((folder) => !manifestOf(folder).private)
}

function passes(folder) {
  const { name, version, exports } = manifestOf(folder)
  const archive = join(archives, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)
  // No install is needed to look at exports, so pack prints nothing of use unless it fails.
  if (!run(pnpm[0], [...pnpm.slice(1), 'pack', '--pack-destination', archives], folder)) return false
  if (!run(bin('publint'), ['run', archive, '--strict'], folder)) return false
  // `esm-only`: CommonJS callers of our Node versions can require() a module. An application has no exports.
  return (
    exports === undefined || run(bin('attw'), [archive, '--profile', 'esm-only', '--format', 'ascii'], folder)
  )
}

/** True if the command succeeds; its output is shown only if it does not. */
function run(command, args, folder) {
  const options = { cwd: join(root, folder), encoding: 'utf8', shell: needsShell(command) }
  const { status, stdout, stderr, error } = spawnSync(command, args, options)
  if (status === 0) return true
  console.error(
    `\n${folder}: ${command} ${args.join(' ')}\n${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`,
  )
  return false
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
}
