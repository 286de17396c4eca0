import { encodeClientMessage, encodeRelayMessage } from '@tidemark/protocol'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { Border } from '../oracle/border.ts'
import { createToldClocks } from './told-clocks.ts'

const document = 'notes'

/** What is found after an append fails behind a session that was told that the log has two clocks, where it has `durable`. */
async function foundWith(
  durable: number,
  { closes = false, bufferedBytes = 0 } = {},
): Promise<string | null> {
  const world = { nowMs: 0 }
  const border = new Border((error) => {
    throw error
  })
  const process = { running: true }
  const log = { of: () => ({ clocks: new Map([[1, durable]]) }) }
  const checker = createToldClocks({ border, world, log, relay: { process }, strangers: [] })
  const tap = border.native(() => bufferedBytes)
  tap.received(encodeClientMessage({ type: 'open', session: 1, document, access: 'write', cursor: null }))
  const stateVector = Y.encodeStateVector(new Map([[1, 2]]))
  tap.sent(encodeRelayMessage({ type: 'resync', session: 1, batch: 1, stateVector }))
  const failing = { append: () => Promise.reject(new Error('full')) } as never
  await border
    .log(failing)
    .append(document, { lineage: '', after: 0, entries: [] })
    .catch(() => {})
  const closed = { type: 'closed', session: 1, code: 'log/full', message: '', retryAfterMs: 1 } as const
  if (closes) tap.sent(encodeRelayMessage(closed))
  world.nowMs = 1_000
  try {
    checker.afterStep()
    return null
  } catch (error) {
    return (error as Error).message
  }
}

test('[R2] who was told that the log has what it then did not take is told otherwise', async () => {
  expect(await foundWith(1)).toMatch(/believes that the log of notes has what it did not take/)
  expect(await foundWith(2)).toBeNull()
  expect(await foundWith(1, { closes: true })).toBeNull()
  expect(await foundWith(1, { bufferedBytes: 1 })).toBeNull()
})
