import { ManualClock } from '@tidemark/base/testing'
import { describe, expect, test } from 'vitest'
import type { AccessDecision } from './access.ts'
import { Permit } from './permit.ts'
import type { AccessGrant } from './ports.ts'

const limits = { grantMsMax: 40_000, authorizeMsMax: 5_000 }
const write: AccessDecision = { kind: 'granted', grant: { principal: 'p', access: 'write' } }
const read: AccessDecision = { kind: 'granted', grant: { principal: 'p', access: 'read' } }
const denied: AccessDecision = { kind: 'refused', code: 'access/denied', message: 'no', retryAfterMs: null }
const unavailable: AccessDecision = {
  kind: 'refused',
  code: 'access/unavailable',
  message: 'down',
  retryAfterMs: 5_000,
}

/** A permit whose owner answers when the test says so. */
function createAsked(random = 0.5) {
  const clock = new ManualClock()
  const questions: ((decision: AccessDecision) => void)[] = []
  const told: string[] = []
  const permit = new Permit({
    clock,
    random: () => random,
    limits,
    ask: (decided) => questions.push(decided),
    granted: ({ access }) => told.push(`granted ${access}`),
    refused: ({ code }) => told.push(`refused ${code}`),
    changed: ({ access }) => told.push(`changed ${access}`),
    confirmed: () => told.push('confirmed'),
    ended: ({ code }) => told.push(`ended ${code}`),
  })
  permit.start()
  return {
    clock,
    told,
    permit,
    get asked() {
      return questions.length
    },
    answer: (decision: AccessDecision, question = questions.length) => questions[question - 1]?.(decision),
  }
}

describe('[ACC4] a grant', () => {
  test.each([0, 0.5, 0.999])('is asked for again in the second half of its time (%d)', async (random) => {
    const asked = createAsked(random)
    asked.answer(write)
    await asked.clock.advance(19_999)
    expect(asked.asked).toBe(1)
    await asked.clock.advance(10_001)
    expect(asked.asked).toBe(2)
  })

  test('that is renewed goes on, unnoticed', async () => {
    const asked = createAsked()
    asked.answer(write)
    for (let round = 2; round <= 5; round++) {
      await asked.clock.advance(25_000)
      expect(asked.asked).toBe(round)
      asked.answer(write)
    }
    expect(asked.told).toEqual(['granted write'])
  })

  test('outlives a check that fails for a while', async () => {
    const asked = createAsked()
    asked.answer(write)
    await asked.clock.advance(25_000)
    asked.answer(unavailable)
    await asked.clock.advance(3_999)
    expect(asked.asked).toBe(2)
    await asked.clock.advance(1)
    asked.answer(unavailable)
    await asked.clock.advance(4_000)
    asked.answer(write)
    await asked.clock.advance(20_000)
    expect(asked.told).toEqual(['granted write'])
  })

  test('that nobody renews ends with its time, whether the check fails or never answers', async () => {
    for (const fails of [true, false]) {
      const asked = createAsked()
      asked.answer(write)
      await asked.clock.advance(39_999)
      if (fails) asked.answer(unavailable)
      expect(asked.told).toEqual(['granted write'])
      await asked.clock.advance(1)
      expect(asked.told).toEqual(['granted write', 'ended access/unavailable'])
    }
  })

  test('holds for as long as its owner says', async () => {
    const asked = createAsked()
    const grant: AccessGrant = { principal: 'p', access: 'write', holdsMs: 1_000 }
    asked.answer({ kind: 'granted', grant })
    await asked.clock.advance(1_000)
    expect(asked.told.at(-1)).toBe('ended access/unavailable')

    const forGood = createAsked()
    forGood.answer({ kind: 'granted', grant: { ...grant, holdsMs: null } })
    await forGood.clock.advance(10_000_000)
    expect([forGood.asked, forGood.told]).toEqual([1, ['granted write']])
  })

  test('that is withdrawn, or lowered, is noticed by asking', async () => {
    const asked = createAsked()
    asked.answer(write)
    await asked.clock.advance(25_000)
    asked.answer(read)
    await asked.clock.advance(25_000)
    asked.answer(denied)
    expect(asked.told).toEqual(['granted write', 'changed read', 'ended access/revoked'])
  })
})

describe('[ACC3] in doubt', () => {
  test('nothing may be taken until the owner has answered a question that was asked since', () => {
    const asked = createAsked()
    asked.answer(write)
    asked.permit.doubt()
    expect(asked.permit.isInDoubt).toBe(true)
    asked.permit.doubt()
    asked.answer(write, 2)
    expect(asked.permit.isInDoubt).toBe(true)
    asked.answer(read, 3)
    expect(asked.permit.isInDoubt).toBe(false)
    expect(asked.told).toEqual(['granted write', 'changed read', 'confirmed'])
  })

  test('a check that fails ends it at once, one that does not answer after authorizeMsMax', async () => {
    const failing = createAsked()
    failing.answer(write)
    failing.permit.doubt()
    failing.answer(unavailable)
    expect(failing.told).toEqual(['granted write', 'ended access/unavailable'])

    const silent = createAsked()
    silent.answer(write)
    silent.permit.doubt()
    await silent.clock.advance(3_000)
    // Doubting again does not give it more time.
    silent.permit.doubt()
    await silent.clock.advance(1_999)
    expect(silent.told).toEqual(['granted write'])
    await silent.clock.advance(1)
    expect(silent.told).toEqual(['granted write', 'ended access/unavailable'])
  })

  test('a renewal that was under way does not count', async () => {
    const asked = createAsked()
    asked.answer(write)
    await asked.clock.advance(25_000)
    asked.permit.doubt()
    asked.answer(write, 2)
    expect(asked.permit.isInDoubt).toBe(true)
    asked.answer(denied, 3)
    expect(asked.told).toEqual(['granted write', 'ended access/revoked'])
  })

  test('who has not been decided on is asked about again', () => {
    const asked = createAsked()
    asked.permit.doubt()
    asked.answer(write, 1)
    expect(asked.told).toEqual([])
    asked.answer(read, 2)
    expect([asked.told, asked.permit.isInDoubt]).toEqual([['granted read'], false])
  })
})

test('what is over asks nothing and says nothing', async () => {
  const asked = createAsked()
  asked.answer(write)
  asked.permit.stop()
  asked.permit.doubt()
  await asked.clock.advance(100_000)
  expect([asked.asked, asked.told]).toEqual([1, ['granted write']])
})
