import { TidemarkError } from '@tidemark/base'
import { describe, expect, test } from 'vitest'
import { Doc } from 'yjs'
import { deriveStatus, type StatusFacts } from './status.ts'

const denied = new TidemarkError('access/denied', '')
const full = new TidemarkError('log/full', 'the disk is full', { retryAfterMs: 500 })
const failed = new TidemarkError('store/failed', '')
const malformed = new TidemarkError('update/malformed', '')

const live: StatusFacts = {
  doc: new Doc(),
  generation: 1,
  isLoaded: true,
  isClosed: false,
  connection: { connection: 'open', error: null },
  session: { kind: 'live', access: 'write' },
  unsaved: 0,
  isOnDevice: true,
  parked: null,
  refusal: null,
  storeError: null,
  seq: 7,
  behind: 0,
}
const offline: Partial<StatusFacts> = {
  connection: { connection: 'offline', error: null },
  session: { kind: 'detached' },
}

const cases: readonly [name: string, facts: Partial<StatusFacts>, expected: object][] = [
  ['up to date', {}, { connection: 'live', edits: 'saved', access: 'write', error: null }],
  ['sending', { unsaved: 1 }, { connection: 'live', edits: 'saving' }],
  ['sending before it is stored', { unsaved: 1, isOnDevice: false }, { edits: 'saving' }],
  [
    'catching up',
    { session: { kind: 'catching-up', access: 'write' }, behind: 3 },
    { connection: 'catching-up', behind: 3 },
  ],
  [
    'waiting for the answer',
    { session: { kind: 'opening' }, unsaved: 1 },
    { connection: 'connecting', edits: 'on-device' },
  ],
  ['offline, stored', { ...offline, unsaved: 2 }, { connection: 'offline', edits: 'on-device', unsaved: 2 }],
  ['offline, not stored', { ...offline, unsaved: 2, isOnDevice: false }, { edits: 'in-memory' }],
  ['offline, nothing to send', offline, { connection: 'offline', edits: 'saved' }],
  ['offline, device not read yet', { ...offline, isLoaded: false }, { edits: 'on-device' }],
  ['live, device not read yet', { isLoaded: false }, { edits: 'saving' }],
  [
    'reader',
    { session: { kind: 'live', access: 'read' }, unsaved: 1 },
    { access: 'read', edits: 'on-device' },
  ],
  [
    'refused session',
    { session: { kind: 'refused', error: denied }, unsaved: 1 },
    { connection: 'refused', edits: 'on-device', error: denied },
  ],
  [
    'refused edit',
    { parked: malformed, unsaved: 1 },
    { connection: 'live', edits: 'refused', error: malformed },
  ],
  [
    'edits refused for now',
    { refusal: full, unsaved: 1 },
    { connection: 'live', edits: 'saving', error: full },
  ],
  [
    'failing store',
    { storeError: failed, unsaved: 1, isOnDevice: false },
    { edits: 'saving', error: failed },
  ],
  [
    'refused connection',
    { connection: { connection: 'refused', error: denied } },
    { connection: 'refused', error: denied },
  ],
  ['client closed', { connection: { connection: 'closed', error: null } }, { connection: 'closed' }],
  ['closed', { isClosed: true }, { connection: 'closed' }],
]

describe('[STA1] [STA2] status', () => {
  test.each(cases)('%s', (_, facts, expected) => {
    expect(deriveStatus({ ...live, ...facts })).toMatchObject(expected)
  })
})
