// Packs every published package and looks at the archives as their users get them: publint for the manifest and the
// files, attw for the types.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { findPnpm, needsShell, readJson, root, tool } from './commands.mjs'

const archives = join(root, 'node_modules/.cache/tidemark/archives')

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
  return folders.filter((folder) => !readJson(folder, 'package.json').private)
}

function passes(folder) {
  const { name, version, exports } = readJson(folder, 'package.json')
  const archive = join(archives, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)
  if (!run([...pnpm, 'pack', '--pack-destination', archives], folder)) return false
  if (!run([...tool('publint'), 'run', archive, '--strict'], folder)) return false
  // An application has no exports.
  return exports === undefined || run([...tool('attw'), archive, ...attwOptions(exports)], folder)
}

/** `esm-only`: CommonJS callers of our Node versions can require() a module. */
function attwOptions(exports) {
  // Without a default an entry is for this workspace alone: helpers for other packages' tests.
  const own = Object.keys(exports).filter(
    (name) => exports[name]['@tidemark/source'] && !exports[name].default,
  )
  return ['--profile', 'esm-only', ...(own.length > 0 ? ['--exclude-entrypoints', ...own] : [])]
}

/** True if the command succeeds; its output is shown only if it does not. */
function run([program, ...args], folder) {
  const options = { cwd: join(root, folder), encoding: 'utf8', shell: needsShell(program) }
  const { status, stdout, stderr, error } = spawnSync(program, args, options)
  if (status === 0) return true
  console.error(
    `\n${folder}: ${program} ${args.join(' ')}\n${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`,
  )
  return false
}
