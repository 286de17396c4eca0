import { describe, expect, it } from 'vitest'
import { documentIdBytesMax, isDocumentId } from './identity.ts'

describe('a document id', () => {
  it.each([
    'a',
    'notes/today',
    'größe',
    '日本',
    '👩‍👩‍👧',
    ' spaced ',
    'a?b#c%2F',
    'x'.repeat(documentIdBytesMax),
  ])('%j may be one', (id) => {
    expect(isDocumentId(id)).toBe(true)
  })

  it.each([
    '',
    'line\nbreak',
    '\u0000',
    'del\u007f',
    '\ud800 lone surrogate',
    'x'.repeat(documentIdBytesMax + 1),
    'é'.repeat(257),
  ])('%j may not be one', (id) => {
    expect(isDocumentId(id)).toBe(false)
  })
})
