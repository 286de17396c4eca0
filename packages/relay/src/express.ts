import type { Server } from 'node:http'
import { type Express, Router } from 'express'
import type { Relay } from './relay.ts'
import { type AttachedRelay, type AttachOptions, attachRelay } from './ws.ts'

/**
 * Health for load balancers and supervisors, as an Express 5 router.
 *
 * - `GET /healthz`: 200 while the process does its work; 503 once the log has failed, when only a restart helps.
 * - `GET /readyz`: 200 while new connections are taken; 503 while draining, closed or failed.
 */
export function relayRouter(relay: Relay): Router {
  const router = Router()
  router.get('/healthz', (_request, response) => {
    const { state } = relay.stats()
    response.status(state === 'failed' ? 503 : 200).json({ state })
  })
  router.get('/readyz', (_request, response) => {
    const { state } = relay.stats()
    response.status(state === 'running' ? 200 : 503).json({ state })
  })
  return router
}

/**
 * Mounts a relay on an Express application and the server that it listens on:
 *
 *     const relay = createRelay({ log, authorize })
 *     const server = app.listen(8787)
 *     mountRelay({ relay, app, server })
 */
export function mountRelay(mount: MountOptions): AttachedRelay {
  mount.app.use(relayRouter(mount.relay))
  return attachRelay(mount.relay, mount.server, mount)
}

export interface MountOptions extends AttachOptions {
  readonly relay: Relay
  readonly app: Express
  readonly server: Server
}
