import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryLog } from '@tidemark/log'
import { createInlineReplayer, createRelay } from '@tidemark/relay'
import { expect, it, onTestFinished } from 'vitest'
import { createHttp } from './http.ts'

async function serve(editorFolder: string | null) {
  const relay = createRelay({ log: createMemoryLog(), replayer: createInlineReplayer() })
  const reported: string[] = []
  const app = createHttp({ relay, editorFolder, report: (_level, event) => reported.push(event) })
  const server = createServer(app)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await relay.close()
  })
  const { port } = server.address() as AddressInfo
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' })
  return { relay, reported, get }
}

function builtEditor(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-editor-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>the page</title>')
  writeFileSync(join(folder, 'assets/index-0a1b2c3d.js'), 'export {}')
  writeFileSync(join(folder, 'shell-worker.js'), '')
  return folder
}

it.each(['/', '/d/notes', '/d/notes/today', '/d/a.b', '/demo/notes', '/d/gr%C3%BC%C3%9Fe'])(
  '%s is the editor, which may load nothing from elsewhere',
  async (path) => {
    const { get } = await serve(builtEditor())
    const response = await get(path)
    expect(await response.text()).toContain('the page')
    expect(response.headers.get('cache-control')).toBe('no-cache')
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|\*/)
  },
)

it('names with a hash are kept for ever, all others asked for anew', async () => {
  const { get } = await serve(builtEditor())
  expect((await get('/assets/index-0a1b2c3d.js')).headers.get('cache-control')).toContain('immutable')
  expect((await get('/shell-worker.js')).headers.get('cache-control')).toBe('no-cache')
})

it.each([
  ['/else', 404],
  ['/assets/none.js', 404],
  ['/d', 404],
  ['/%', 404],
  ['/%00', 404],
  ['/..%2f..%2fetc%2fpasswd', 404],
])('%s is %i, without a word on how this program is made', async (path, status) => {
  const { get, reported } = await serve(builtEditor())
  const response = await get(path)
  expect(response.status).toBe(status)
  expect(response.headers.get('x-powered-by')).toBeNull()
  expect(await response.text()).not.toMatch(/\bat |node_modules/)
  expect(reported).toEqual([])
})

it('an editor that is being built anew is an answer, not a stack', async () => {
  const folder = builtEditor()
  const { get, reported } = await serve(folder)
  rmSync(join(folder, 'index.html'))
  const response = await get('/d/notes')
  expect([response.status, await response.text()]).toEqual([404, 'Not Found\n'])
  expect(reported).toEqual([])
})

it('without a built editor the start page says how to get one', async () => {
  const { get } = await serve(null)
  expect(await (await get('/')).text()).toContain('npm start')
  expect((await get('/d/notes')).status).toBe(404)
})

it('[FAIL4] a draining relay is healthy and not ready', async () => {
  const { relay, get } = await serve(null)
  expect((await get('/readyz')).status).toBe(200)
  await relay.drain()
  expect((await get('/readyz')).status).toBe(503)
  expect((await get('/healthz')).status).toBe(200)
})
