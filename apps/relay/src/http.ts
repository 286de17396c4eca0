import { existsSync } from 'node:fs'
import { STATUS_CODES } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { Relay } from '@tidemark/relay'
import { relayRouter } from '@tidemark/relay/express'
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express'
import type { Reporter } from './reporter.ts'

export interface HttpOptions {
  readonly relay: Relay
  /** The built editor; null when it was not built: then there is no editor here, and the start page says so. */
  readonly editorFolder: string | null
  readonly report: Reporter
}

/** Health, figures, and the editor. WebSockets do not pass here: they are upgraded before Express sees them. */
export function createHttp({ relay, editorFolder, report }: HttpOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(securityHeaders)
  app.use(relayRouter(relay))
  app.get('/stats', (_request, response) => {
    response.set('cache-control', 'no-store').json(relay.stats())
  })
  app.use(editorFolder === null ? noEditor : editorRoutes(editorFolder))
  app.use(answerFailure(report))
  return app
}

/** Beside this program in the published package, or where the workspace builds it. */
export function findEditor(): string | null {
  const candidates = ['../editor', '../../editor/dist'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  )
  return candidates.find((folder) => existsSync(`${folder}/index.html`)) ?? null
}

/**
 * The editor loads nothing from elsewhere and runs nothing that did not come as a file of this origin: an update with
 * hostile content cannot make it do so either.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ')

const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'content-security-policy': contentSecurityPolicy,
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  })
  next()
}

/** Names under `assets/` carry a hash of their content, so they never change; everything else is asked for anew. */
function editorRoutes(folder: string): RequestHandler[] {
  const files = express.static(folder, { index: false, setHeaders: setCacheControl })
  const page: RequestHandler = (request, response, next) => {
    if (!/^\/($|d\/|demo\/)/.test(request.path)) return next()
    response.sendFile('index.html', { root: folder, headers: { 'cache-control': 'no-cache' } })
  }
  return [files, page]
}

function setCacheControl(response: Response, path: string): void {
  const lasting = /[/\\]assets[/\\]/.test(path)
  response.set('cache-control', lasting ? 'public, max-age=31536000, immutable' : 'no-cache')
}

const noEditor: RequestHandler = (request, response, next) => {
  if (request.path !== '/') return next()
  response
    .type('text')
    .send('This is a Tidemark relay. The editor was not built: run "npm start", which builds it.\n')
}

/** Without it, Express would send a stack to whoever caused an error, and write it to stderr. */
function answerFailure(report: Reporter): ErrorRequestHandler {
  return (error: Error & { status?: number }, _request, response, next) => {
    if (response.headersSent) return next(error)
    const status = error.status ?? 500
    if (status >= 500) report('error', 'http-failed', { error })
    response.status(status).type('text').send(`${STATUS_CODES[status]}\n`)
  }
}
