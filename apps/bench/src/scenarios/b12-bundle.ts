import { fileURLToPath } from 'node:url'
import { measureBundle } from '../../../../scripts/bundle-size.mjs'
import { peersFolder } from '../peers.ts'
import type { SystemId } from '../systems/system.ts'
import type { Figures, Scenario, Trial } from './scenario.ts'
import { atMost } from './target.ts'

const bench = fileURLToPath(new URL('../..', import.meta.url))

/** What a page imports to sync a document and to keep it on the device. */
const pages: Partial<Readonly<Record<SystemId, { readonly contents: string; readonly resolveDir: string }>>> =
  {
    tidemark: { contents: `export * from '@tidemark/client'`, resolveDir: bench },
    'y-websocket': {
      contents: `export * from 'y-websocket'; export * from 'y-indexeddb'`,
      resolveDir: peersFolder,
    },
    'hocuspocus-4': {
      contents: `export * from '@hocuspocus/provider'; export * from 'y-indexeddb'`,
      resolveDir: peersFolder,
    },
  }

export const bundle: Scenario = {
  id: 'B12',
  title: "The client's bundle",
  what:
    'What a page loads to sync and to keep documents on the device, minified and gzipped, without Yjs and lib0, which Yjs brings along: the SDK; ' +
    'y-websocket 3.1.0 with y-indexeddb; the Hocuspocus provider 4.8.0 with y-indexeddb.',
  cases: [{ id: 'client', label: 'connection, replica and IndexedDB' }],
  systems: ['tidemark', 'y-websocket', 'hocuspocus-4'],
  names: {
    tidemark: 'Tidemark SDK',
    'y-websocket': 'y-websocket + y-indexeddb',
    'hocuspocus-4': 'Hocuspocus provider + y-indexeddb',
  },
  figures: [
    { key: 'gzipped', label: 'minified and gzipped', unit: 'bytes', digits: 0 },
    { key: 'minified', label: 'minified', unit: 'bytes', digits: 0 },
    { key: 'withLib0', label: 'gzipped, lib0 included', unit: 'bytes', digits: 0 },
  ],
  chart: { figure: 'gzipped', title: 'Bytes that a page loads for its sync client', better: 'less' },
  targets: [
    atMost({
      text: 'at most 9 kB for connection, replica and IndexedDB together',
      case: 'client',
      figure: 'gzipped',
      limit: 9_000,
      unit: 'bytes',
    }),
  ],
  run: weigh,
}

async function weigh({ system }: Trial): Promise<Figures> {
  const page = pages[system.id]
  if (page === undefined) throw new Error(`${system.name} has no client of its own`)
  // Yjs brings lib0 along, though not all of it; nothing that a page has anyway brings y-protocols.
  const { gzippedBytes, minifiedBytes } = await measureBundle(page.contents, page.resolveDir, [
    'yjs',
    'lib0',
    'lib0/*',
  ])
  const withLib0 = await measureBundle(page.contents, page.resolveDir, ['yjs'])
  return { gzipped: gzippedBytes, minified: minifiedBytes, withLib0: withLib0.gzippedBytes }
}
