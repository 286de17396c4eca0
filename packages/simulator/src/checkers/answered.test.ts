import {
  type ClientMessage,
  encodeClientMessage,
  encodeRelayMessage,
  type RelayMessage,
} from '@tidemark/protocol'
import { expect, test } from 'vitest'
import { Border } from '../oracle/border.ts'
import { answerMsMax, createAnswered } from './answered.ts'

type Said = { readonly up: ClientMessage } | { readonly down: RelayMessage }

const check = 'c'.repeat(32)
const push = (batch: number, recovery = false): Said => ({
  up: { type: 'push', session: 1, batch, recovery, update: new Uint8Array(1) },
})
const ack = (batch: number): Said => ({ down: { type: 'ack', session: 1, batch, first: 1, last: 0, check } })
const resync = (batch: number): Said => ({
  down: { type: 'resync', session: 1, batch, stateVector: new Uint8Array(1) },
})
const refused = (batch: number): Said => ({
  down: { type: 'refused', session: 1, batch, code: 'log/full', message: '', retryAfterMs: 1 },
})
const closed: Said = { down: { type: 'closed', session: 1, code: 'log/full', message: '', retryAfterMs: 1 } }

/** Whether something waits for an answer for too long after this was said in one session. */
function lacksAnswer(said: readonly Said[], { bufferedBytes = 0, afterMs = answerMsMax } = {}): boolean {
  const world = { nowMs: 0 }
  const border = new Border((error) => {
    throw error
  })
  const checker = createAnswered({ border, world, relay: { process: 'relay.1' }, strangers: [] })
  const tap = border.native(() => bufferedBytes)
  tap.received(
    encodeClientMessage({ type: 'open', session: 1, document: 'notes', access: 'write', cursor: null }),
  )
  for (const each of said) {
    if ('up' in each) tap.received(encodeClientMessage(each.up))
    else tap.sent(encodeRelayMessage(each.down))
  }
  world.nowMs = afterMs
  try {
    checker.atRest([])
    return false
  } catch {
    return true
  }
}

test('[L2] a push without an answer is found, once there was time for one', () => {
  expect(lacksAnswer([push(1)])).toBe(true)
  expect(lacksAnswer([push(1)], { afterMs: answerMsMax - 1 })).toBe(false)
  expect(lacksAnswer([push(1), refused(1)])).toBe(false)
  expect(lacksAnswer([push(1), push(2), refused(2)])).toBe(true)
  expect(lacksAnswer([push(1), push(2), ack(2)])).toBe(false)
  expect(lacksAnswer([push(1), closed])).toBe(false)
})

test('[L2] what comes behind a gap needs no answer before the relay has been given what it asked for', () => {
  expect(lacksAnswer([push(1), push(2), resync(1), push(3)])).toBe(false)
  expect(lacksAnswer([push(1), resync(1), push(2, true)])).toBe(true)
  expect(lacksAnswer([push(1), resync(1), push(2, true), ack(2), push(3)])).toBe(true)
  // The answer was under way when it was asked for.
  expect(lacksAnswer([push(1), push(2, true), push(3), resync(1), ack(2)])).toBe(true)
  expect(lacksAnswer([push(1), push(2, true), push(3), resync(1), ack(3)])).toBe(false)
})

test('[L2] who does not read what they are sent is owed no answer', () => {
  expect(lacksAnswer([push(1)], { bufferedBytes: 1 })).toBe(false)
})
