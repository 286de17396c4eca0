// The pinned pnpm: the one on PATH when it is exactly that version, otherwise npm fetches it into its own cache.
// corepack is not asked: on some machines it refuses every download.

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import process from 'node:process'

const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
const pinnedVersion = JSON.parse(manifest).packageManager.split('@').at(-1)

/** On Windows npm, pnpm and the tools are .cmd files, which only a shell starts. */
export const needsShell = (command) => process.platform === 'win32' && command !== process.execPath

/**
 * The command that runs pnpm: a program and its first arguments.
 *
 * @returns {Promise<[string, ...string[]]>}
 */
export async function findPnpm() {
  if ((await versionOnPath()) === pinnedVersion) return ['pnpm']
  const npmCli = process.env.npm_execpath ?? ''
  const npm = /npm-cli\.[cm]?js$/.test(npmCli) ? [process.execPath, npmCli] : ['npm']
  return [...npm, 'exec', '--yes', `--package=pnpm@${pinnedVersion}`, '--', 'pnpm']
}

/** Asked outside the workspace: inside it, another version would first download the pinned one to answer. */
function versionOnPath() {
  const options = { cwd: tmpdir(), shell: needsShell('pnpm') }
  return new Promise((done) => {
    execFile('pnpm', ['--version'], options, (error, stdout) => done(error ? undefined : stdout.trim()))
  })
}
