import { describe, expect, it } from 'vitest'
import { listParticipants } from './people.ts'

const user = (name: string) => ({ user: { name, color: '#123456' }, cursor: null })

describe('the people in a document', () => {
  it('are oneself first, the others by id', () => {
    const states = new Map([
      [9, user('C')],
      [7, user('Self')],
      [3, user('B')],
    ])
    expect(listParticipants(states, 7).map(({ name, isSelf }) => [name, isSelf])).toEqual([
      ['Self', true],
      ['B', false],
      ['C', false],
    ])
  })

  it('leave out states that name nobody, whatever somebody sent', () => {
    const states = new Map<number, unknown>([
      [1, null],
      [2, 5],
      [3, 'text'],
      [4, {}],
      [5, { user: null }],
      [6, { user: { name: 7 } }],
      [8, user('Here')],
    ])
    expect(listParticipants(states, 1).map(({ name }) => name)).toEqual(['Here'])
  })
})
