import { type ErrorCode, errorCodes, TidemarkError } from '@tidemark/base'
import { describe, expect, it } from 'vitest'
import { messageOfEvent, messageOfState } from './messages.ts'

const error = (code: ErrorCode) => new TidemarkError(code, 'the words of the relay')

describe('[STA2] messages', () => {
  it('are none while nothing is wrong, and while a lost connection is all', () => {
    expect(messageOfState({ edits: 'saved', error: null })).toBeNull()
    expect(messageOfState({ edits: 'on-device', error: error('connection/refused') })).toBeNull()
  })

  it('offer a token to whoever has no access', () => {
    expect(messageOfState({ edits: 'saved', error: error('access/denied') })?.remedy).toBe('enter-token')
    expect(messageOfState({ edits: 'saved', error: error('access/revoked') })?.remedy).toBe('enter-token')
  })

  it('say what the relay said of a refused edit, whatever its code', () => {
    const codes = errorCodes.filter((code) => code.startsWith('update/'))
    for (const code of codes) {
      const message = messageOfState({ edits: 'refused', error: error(code) })
      expect(message).toMatchObject({ tone: 'problem', remedy: 'start-afresh' })
      expect(message?.text).toContain('the words of the relay')
    }
  })

  it('tell why a document was replaced', () => {
    expect(messageOfEvent(error('replica/rebuilt'))?.text).toContain('made anew')
    expect(messageOfEvent(error('connection/refused'))).toBeNull()
  })

  it('[LIN2] offer what was kept aside, and blame another history only when it was one', () => {
    const keptAside = (cause: ErrorCode) => {
      const set = new TidemarkError('replica/set-aside', 'kept', { cause: error(cause) })
      return messageOfEvent(set)
    }
    expect(keptAside('document/other-lineage')).toMatchObject({ remedy: 'download-copy', tone: 'warning' })
    expect(keptAside('document/other-lineage')?.text).toContain('another document')
    for (const cause of ['replica/rebuilt', 'replica/set-aside'] as const) {
      expect(keptAside(cause)).toMatchObject({ remedy: 'download-copy', tone: 'calm' })
      expect(keptAside(cause)?.text).not.toContain('another document')
    }
  })
})
