import { subprotocol } from '@tidemark/protocol'
import type { ConnectionDialect } from './ports.ts'

export interface RoutePaths {
  readonly path: string
  readonly yWebsocketPath: string
  readonly tokenParameter: string
}

/**
 * Who connects, by URL and offered subprotocols; null when the path is not ours. A document's id is the rest of the path
 * as it stands: y-websocket clients do not encode it, and what a browser encodes stays encoded.
 */
export function routeOf(
  url: string,
  offered: string | undefined,
  paths: RoutePaths,
): ConnectionDialect | null {
  const [path, query] = splitOnce(url, '?')
  if (offersNative(offered)) return restOf(path, paths.path) === null ? null : { dialect: 'native' }
  const document = restOf(path, paths.yWebsocketPath)
  if (document === null) return null
  return {
    dialect: 'y-websocket',
    document,
    token: new URLSearchParams(query).get(paths.tokenParameter) ?? '',
  }
}

function offersNative(offered: string | undefined): boolean {
  return offered?.split(',').some((name) => name.trim() === subprotocol) ?? false
}

/** What follows the mount point in `path`; null when it is elsewhere. */
function restOf(path: string, mount: string): string | null {
  const base = mount.endsWith('/') ? mount.slice(0, -1) : mount
  if (path === base) return ''
  return path.startsWith(`${base}/`) ? path.slice(base.length + 1) : null
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
