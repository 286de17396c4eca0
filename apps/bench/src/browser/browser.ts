import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'esbuild'
import { type BrowserContext, chromium, type Page } from 'playwright'
import { findBrowser, launchFlags } from '../../../../scripts/browser.mjs'
import { statePath } from './page.ts'

export interface BenchBrowser {
  /** A new page, with nothing in memory; what is on the device stays. */
  page(): Promise<Page>
  close(): Promise<void>
}

export interface BenchBrowserOptions {
  /** The page's script, a file. */
  readonly script: string
  /** Served to the page as the document, one V1 update. */
  readonly state: Uint8Array
  /** Of the page's address. */
  readonly query: string
  /** For the browser's profile: on disk, as a person's. */
  readonly folder: string
}

/** A real Chromium with a page of the bench. */
export async function startBrowser(options: BenchBrowserOptions): Promise<BenchBrowser> {
  const executablePath = await findBrowser()
  if (executablePath === undefined) throw new Error('no Chromium: `node scripts/browser.mjs` installs one')
  const script = await bundle(options.script)
  const server = serve(script, options.state)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const context = await chromium.launchPersistentContext(options.folder, {
    executablePath,
    args: launchFlags,
    headless: true,
  })
  const { port } = server.address() as AddressInfo
  return {
    page: () => openPage(context, `http://127.0.0.1:${port}/?${options.query}`),
    async close() {
      await context.close()
      server.closeAllConnections()
      server.close()
    },
  }
}

async function openPage(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  const failed = new Promise<never>((_, reject) => {
    page.on('pageerror', reject)
  })
  failed.catch(() => {})
  await page.goto(url)
  await Promise.race([page.waitForFunction(() => 'bench' in globalThis), failed])
  return page
}

async function bundle(script: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [script],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    conditions: ['@tidemark/source'],
  })
  return outputFiles[0]?.text ?? ''
}

/** With the headers that give a page a clock of 5 µs instead of 100. */
const headers = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

function serve(script: string, state: Uint8Array): Server {
  return createServer(({ url = '' }, response) => {
    if (url === statePath) return response.writeHead(200, headers).end(state)
    if (url === '/page.js') {
      return response.writeHead(200, { ...headers, 'content-type': 'text/javascript' }).end(script)
    }
    const page = '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>'
    return response.writeHead(200, { ...headers, 'content-type': 'text/html' }).end(page)
  })
}
