import { describe, expect, test } from 'vitest'
import { closeCodes, closeReason } from './index.ts'

describe('close codes', () => {
  test('are as released', () => {
    expect(closeCodes).toEqual({
      normal: 1000,
      goingAway: 1001,
      protocolError: 1002,
      unsupported: 1003,
      policy: 1008,
      tooBig: 1009,
      internalError: 1011,
      restart: 1012,
      tryLater: 1013,
      badRequest: 4400,
      denied: 4401,
      revoked: 4403,
      gone: 4404,
      refused: 4422,
    })
  })

  test.each([
    ['short', 'short'],
    ['x'.repeat(123), 'x'.repeat(123)],
    ['x'.repeat(124), 'x'.repeat(123)],
    [`${'x'.repeat(120)}😀`, 'x'.repeat(120)],
    [`${'x'.repeat(119)}😀`, `${'x'.repeat(119)}😀`],
  ])('a reason is cut to 123 bytes at a character', (reason, cut) => {
    expect(closeReason(reason)).toBe(cut)
  })
})
