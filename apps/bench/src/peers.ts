import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

export const peersFolder: string = fileURLToPath(new URL('../peers', import.meta.url))

export function arePeersInstalled(): boolean {
  return existsSync(join(peersFolder, 'node_modules/yjs/package.json'))
}

/**
 * Installs what Tidemark is compared with, from its own lockfile: on the first run, and never before. Without the
 * packages' scripts: all bring what they need along. Without their peer dependencies: one of them names a package that
 * no registry has.
 */
export function installPeers(): void {
  const npmCli = process.env['npm_execpath'] ?? ''
  const [program, ...first] = npmCli.endsWith('npm-cli.js') ? [process.execPath, npmCli] : ['npm']
  const args = [
    ...first,
    'ci',
    '--ignore-scripts',
    '--legacy-peer-deps',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]
  const { status } = spawnSync(program, args, {
    cwd: peersFolder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error('the peers could not be installed: run again, or with --no-peers')
}
