import { readFileSync } from 'node:fs'
import { documentIdBytesMax, errorCodes } from '@tidemark/base'
import { describe, expect, test } from 'vitest'
import * as protocol from './index.ts'

const page = readFileSync(new URL('../../../docs/PROTOCOL.md', import.meta.url), 'utf8')

function rows(pattern: RegExp): string[][] {
  return [...page.matchAll(pattern)].map((match) => match.slice(1))
}

describe('docs/PROTOCOL.md', () => {
  test('lists every error number', () => {
    const listed = rows(/^\| (\d+) \| `([a-z]+\/[a-z-]+)` \|$/gm).map(([number, code]) => [
      code,
      Number(number),
    ])
    expect(Object.fromEntries(listed)).toEqual(
      Object.fromEntries(errorCodes.map((code) => [code, protocol.errorNumber(code)])),
    )
  })

  test('lists every message with its type', () => {
    const listed = rows(/^([0-9a-f]{2}) ([a-z-]+) /gm).map(([type, name]) => [
      name,
      Number.parseInt(type!, 16),
    ])
    expect(Object.fromEntries(listed)).toEqual({ ...protocol.clientTypes, ...protocol.relayTypes })
  })

  test('lists every close code', () => {
    const listed = rows(/^\| (\d{4}) \| /gm).map(([code]) => Number(code))
    expect(listed).toEqual(Object.values(protocol.closeCodes))
  })

  test('lists every limit with its value', () => {
    const table = /^\| `(\w+)` \| (\d+)(?:, at most (\d+))?(?:, at least (\d+))? \|/gm
    const listed = rows(table).map(([name, ...values]) => [name, values.filter(Boolean).map(Number)])
    const { defaultConnectionLimits: told, connectionLimitsHardMax: hard } = protocol
    expect(Object.fromEntries(listed)).toEqual({
      frameBytesMax: [told.frameBytesMax, hard.frameBytesMax],
      updateBytesMax: [told.updateBytesMax, hard.updateBytesMax, protocol.updateBytesMin],
      windowBytesMax: [told.windowBytesMax, hard.windowBytesMax],
      sessionsMax: [told.sessionsMax, hard.sessionsMax],
      presenceBytesMax: [told.presenceBytesMax, hard.presenceBytesMax],
      idleMsMax: [told.idleMsMax, hard.idleMsMax, protocol.idleMsMin],
      documentIdBytesMax: [documentIdBytesMax],
      documentFieldBytesMax: [protocol.documentFieldBytesMax],
      tokenBytesMax: [protocol.tokenBytesMax],
      textBytesMax: [protocol.textBytesMax],
      stateVectorBytesMax: [protocol.stateVectorBytesMax],
      digestBytes: [protocol.digestBytes],
      snapshotBytesMax: [protocol.snapshotBytesMax],
      snapshotPartBytesMax: [protocol.snapshotPartBytesMax],
      retryAfterMsMax: [protocol.retryAfterMsMax],
      itemsPerFrameMax: [protocol.itemsPerFrameMax],
    })
  })
})
