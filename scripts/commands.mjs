// The commands that the other scripts run, each as a program and its first arguments.

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

export const readJson = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8'))

const workspace = readJson('package.json')
const pnpmVersion = workspace.packageManager.split('@').at(-1)

/** On Windows npm and pnpm are .cmd files, which only a shell starts. */
export const needsShell = (program) => process.platform === 'win32' && program !== process.execPath

/**
 * The pinned pnpm: the one on PATH when it is exactly that version, otherwise npm fetches it into its own cache.
 * corepack is not asked: on some machines it refuses every download.
 */
export async function findPnpm() {
  if ((await pnpmVersionOnPath()) === pnpmVersion) return ['pnpm']
  const npmCli = process.env.npm_execpath ?? ''
  const npm = /npm-cli\.[cm]?js$/.test(npmCli) ? [process.execPath, npmCli] : ['npm']
  return [...npm, 'exec', '--yes', `--package=pnpm@${pnpmVersion}`, '--', 'pnpm']
}

/** Asked outside the workspace: inside it, another version would first download the pinned one to answer. */
function pnpmVersionOnPath() {
  const options = { cwd: tmpdir(), shell: needsShell('pnpm') }
  return new Promise((done) => {
    execFile('pnpm', ['--version'], options, (error, stdout) => done(error ? undefined : stdout.trim()))
  })
}

/** An installed tool, without the shell script around it, which wants more of a machine than Node. */
export function tool(name) {
  for (const dependency of Object.keys(workspace.devDependencies)) {
    const { bin = {} } = readJson('node_modules', dependency, 'package.json')
    const script = typeof bin === 'string' ? { [dependency.split('/').at(-1)]: bin }[name] : bin[name]
    if (script) return [process.execPath, join(root, 'node_modules', dependency, script)]
  }
  throw new Error(`no development dependency has a program ${name}`)
}
