import type { Check } from '@tidemark/base'
import { encodeClientMessage, encodeRelayMessage, type RelayMessage } from '@tidemark/protocol'
import { craftText, craftUpdate } from '@tidemark/updates/testing'
import { expect, test } from 'vitest'
import { Border } from '../oracle/border.ts'
import { Ledger } from '../oracle/ledger.ts'
import { LogTruth } from '../oracle/log-truth.ts'
import { createWholeWhenTold } from './whole-when-told.ts'

const document = 'notes'
const lineage = '0'.repeat(32)
const checkOf = (seq: number): Check => `${seq}`.padStart(32, 'c')
const textBy = (client: number): Uint8Array =>
  craftUpdate([{ client, clock: 0, structs: [craftText('text', { parent: 'text' })] }])

/** A log with an entry by each author, and what is found when these are sent to ann, who pushed batch 1 as client 1. */
function foundIn(authors: readonly string[], ...messages: readonly RelayMessage[]): readonly string[] {
  const log = new LogTruth(new Ledger(), () => false)
  log.created(document, { lineage, head: 0 } as never)
  const entries = authors.map((author, index) => ({ author, update: textBy(index + 1), timeMs: 1 }))
  const checks = authors.map((_, index) => checkOf(index + 1))
  log.appended(document, { lineage, after: 0, entries }, { head: authors.length, checks })
  const found: string[] = []
  const border = new Border((error) => found.push(error.message))
  createWholeWhenTold({ border, log, strangers: [] })
  const tap = border.native(() => 0)
  tap.received(encodeClientMessage({ type: 'hello', version: 1, token: 'ann' }))
  tap.received(encodeClientMessage({ type: 'open', session: 1, document, access: 'write', cursor: null }))
  const update = textBy(1)
  tap.received(encodeClientMessage({ type: 'push', session: 1, batch: 1, recovery: false, update }))
  for (const message of messages) tap.sent(encodeRelayMessage(message))
  return found
}

const ack = (last: number): RelayMessage => ({
  type: 'ack',
  session: 1,
  batch: 1,
  first: last,
  last,
  check: checkOf(last),
})

const opened: RelayMessage = {
  type: 'opened',
  session: 1,
  channel: 1,
  access: 'write',
  lineage,
  head: 1,
  resume: { kind: 'snapshot' },
}

test('[S2] an ack of what is not in the log, or of the entries of others, is found where it leaves', () => {
  expect(foundIn(['ann'], ack(1))).toEqual([])
  expect(foundIn([], { ...ack(1), first: 1, last: 0 } as RelayMessage)).toEqual([
    expect.stringMatching(/1 is not in the log/),
  ])
  expect(foundIn(['ann', 'bob'], ack(2))).toEqual([expect.stringMatching(/not its entries/)])
  expect(foundIn(['ann'], ack(2))).toEqual([expect.stringMatching(/not its entries/)])
})

test('[S2] a snapshot that lacks an entry before its seq is found where it leaves', () => {
  const snapshot = (seq: number): RelayMessage => ({
    type: 'snapshot-part',
    session: 1,
    seq,
    check: checkOf(seq),
    encoding: 'v1',
    totalBytes: textBy(1).length,
    offset: 0,
    bytes: textBy(1),
  })
  expect(foundIn(['ann', 'bob'], snapshot(1))).toEqual([])
  expect(foundIn(['ann', 'bob'], snapshot(2))).toEqual([expect.stringMatching(/lacks entry 2/)])
})

test('[S7] what cannot be decoded is found where it leaves', () => {
  const found: string[] = []
  const border = new Border((error) => found.push(error.message))
  border.native(() => 0).sent(Uint8Array.of(255, 255, 255))
  border.stock(document, 'bob', () => 0).sent(Uint8Array.of(9, 9))
  expect(found).toEqual([expect.stringMatching(/is no frame/), expect.stringMatching(/is no frame/)])
})

test('[R3] an ack of what its author has not been sent, and not in its place, is found where it leaves', () => {
  const only = { ...ack(1), first: 1, last: 0 } as RelayMessage
  expect(foundIn(['ann'], only)).toEqual([expect.stringMatching(/1 is durable, and was sent no more than 0/)])
  const check = checkOf(1)
  const sent: RelayMessage = { type: 'entries', channel: 1, first: 1, check, updates: [textBy(1)] }
  expect(foundIn(['ann'], opened, sent, only)).toEqual([])
})
