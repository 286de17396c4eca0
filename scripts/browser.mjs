// The Chromium that the browser tests run in: found, or installed, or a clear failure. Never a skipped test.
//
//     node scripts/browser.mjs     make sure there is one, and print its path

import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const isRoot = process.getuid?.() === 0

/** Keeps the browser quiet without internet; Chromium refuses its sandbox to root. */
export const launchFlags = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  ...(isRoot ? ['--no-sandbox'] : []),
]

const advice = `Install Chromium, Chrome or Edge, or name one: BROWSER_PATH=/path/to/chromium npm test`

/**
 * The path of an installed browser, or undefined.
 *
 * @returns {Promise<string | undefined>}
 */
export async function findBrowser() {
  const named = process.env.BROWSER_PATH
  if (named) {
    if (!works(named)) throw new Error(`BROWSER_PATH is ${named}, which does not run`)
    return named
  }
  return [...installedCandidates(), await playwrightBrowser()].find(
    (path) => path !== undefined && works(path),
  )
}

/**
 * The path of a browser, installed now if there is none.
 *
 * @returns {Promise<string>}
 */
export async function ensureBrowser() {
  const found = await findBrowser()
  if (found) return found
  console.log('No Chromium, Chrome or Edge here: installing one for the browser tests')
  if (isRoot && linuxFamily() === 'debian') installFromDebian()
  if (!(await findBrowser())) installFromPlaywright()
  const installed = await findBrowser()
  if (!installed) throw new Error(`No browser for the tests. ${advice}`)
  return installed
}

function installedCandidates() {
  if (process.platform === 'darwin') {
    const apps = ['Chromium', 'Google Chrome', 'Microsoft Edge']
    return apps.map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`)
  }
  if (process.platform === 'win32') {
    const folders = [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA]
    const programs = ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe']
    return folders.filter(Boolean).flatMap((folder) => programs.map((program) => join(folder, program)))
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge']
  const folders = (process.env.PATH ?? '').split(delimiter).concat('/usr/bin', '/usr/local/bin')
  return names.flatMap((name) => folders.map((folder) => join(folder, name)))
}

async function playwrightBrowser() {
  const { chromium } = await import('playwright')
  return chromium.executablePath()
}

function works(path) {
  try {
    accessSync(path, constants.X_OK)
    if (!statSync(path).isFile()) return false
  } catch {
    return false
  }
  // Ubuntu's chromium is a stub that only says "install the snap". Elsewhere asking for the version opens a window.
  if (process.platform !== 'linux') return true
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 20_000 })
  return status === 0 && /\d+\.\d+/.test(stdout)
}

/** 'debian' where apt has a real chromium. */
function linuxFamily() {
  if (process.platform !== 'linux' || !existsSync('/etc/os-release')) return undefined
  return /^ID="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]
}

function installFromDebian() {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (args) =>
    spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 'ignore', 'inherit'], env })
  apt(['update'])
  apt(['install', '-y', '--no-install-recommends', 'chromium'])
}

function installFromPlaywright() {
  const cli = fileURLToPath(new URL('../node_modules/playwright/cli.js', import.meta.url))
  const withLibraries = isRoot && process.platform === 'linux' ? ['--with-deps'] : []
  spawnSync(process.execPath, [cli, 'install', ...withLibraries, 'chromium'], { stdio: 'inherit' })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(`browser: ${await ensureBrowser()}`)
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
