import { type ErrorCode, TidemarkError } from '@tidemark/base'
import { describe, expect, it } from 'vitest'
import { figuresLine, type StatusFacts, statusLine } from './status.ts'

const error = (code: ErrorCode) => new TidemarkError(code, 'a message')
const calm: StatusFacts = { loaded: true, connection: 'live', edits: 'saved', access: 'write', error: null }

describe('[STA1] what the status says', () => {
  it.each<[Partial<StatusFacts>, string, string]>([
    [{}, 'saved', 'Saved'],
    [{ edits: 'saving' }, 'saving', 'Saving…'],
    // Not on the relay yet, whatever else is true of it.
    [{ edits: 'on-device' }, 'saving', 'Saving…'],
    [{ edits: 'in-memory' }, 'saving', 'Saving…'],
    [{ connection: 'catching-up' }, 'behind', 'Behind, catching up'],
    [{ connection: 'catching-up', edits: 'saving' }, 'behind', 'Behind, catching up'],
    [{ connection: 'connecting' }, 'connecting', 'Connecting…'],
    [{ connection: 'connecting', edits: 'on-device' }, 'offline-on-device', 'Offline, kept on this device'],
    [{ connection: 'offline' }, 'offline', 'Offline'],
    [{ connection: 'offline', edits: 'on-device' }, 'offline-on-device', 'Offline, kept on this device'],
    [{ connection: 'offline', edits: 'in-memory' }, 'offline-storing', 'Offline, storing…'],
    [{ connection: 'offline', edits: 'saving' }, 'offline-storing', 'Offline, storing…'],
    [{ access: 'read' }, 'read-only', 'Read only'],
    [{ access: 'read', edits: 'on-device' }, 'not-sent', 'Read only, not sent'],
    [
      { access: 'read', edits: 'refused', error: new TidemarkError('update/read-only', '') },
      'not-sent',
      'Read only, not sent',
    ],
    [{ loaded: false, connection: 'offline', edits: 'on-device' }, 'opening', 'Opening…'],
    [{ loaded: false }, 'opening', 'Opening…'],
    [{ connection: 'closed', edits: 'on-device' }, 'closed', 'Closed'],
  ])('%j: %s', (facts, code, text) => {
    expect(statusLine({ ...calm, ...facts })).toMatchObject({ code, text })
  })

  it('is "Saved" in no state but one', () => {
    const said = [true, false].flatMap((loaded) =>
      (['offline', 'connecting', 'catching-up', 'live', 'refused', 'closed'] as const).flatMap((connection) =>
        (['saved', 'saving', 'on-device', 'in-memory', 'refused'] as const).map((edits) =>
          statusLine({ ...calm, loaded, connection, edits }),
        ),
      ),
    )
    expect(said.filter(({ code }) => code === 'saved')).toHaveLength(1)
    expect(said.filter(({ tone }) => tone === 'good')).toHaveLength(1)
  })
})

describe('[STA2] what is wrong is seen', () => {
  it.each<[Partial<StatusFacts>, string]>([
    [{ connection: 'refused', error: error('access/denied') }, 'no-access'],
    [{ connection: 'refused', error: error('access/revoked'), loaded: false }, 'no-access'],
    [{ connection: 'refused', error: error('document/unknown') }, 'no-access'],
    [{ connection: 'refused', error: error('document/halted') }, 'stopped'],
    [{ connection: 'refused', error: null }, 'stopped'],
    [{ edits: 'refused', error: error('update/malformed') }, 'not-saved'],
    [{ connection: 'offline', edits: 'refused', error: error('update/too-large') }, 'not-saved'],
    [{ connection: 'offline', edits: 'in-memory', error: error('store/failed') }, 'offline-in-memory'],
    [{ connection: 'connecting', edits: 'in-memory', error: error('store/blocked') }, 'offline-in-memory'],
  ])('%j', (facts, code) => {
    expect(statusLine({ ...calm, ...facts }).code).toBe(code)
  })
})

describe('the figures of a replica', () => {
  it.each([
    [{ unsaved: 0, seq: null, behind: 0 }, 'nothing to send · log not read yet'],
    [{ unsaved: 1, seq: 0, behind: 0 }, '1 edit to send · log read to seq 0'],
    [{ unsaved: 7, seq: 17, behind: 2 }, '7 edits to send · log read to seq 17, 2 behind'],
  ])('%j', (facts, text) => {
    expect(figuresLine(facts)).toBe(text)
  })
})
