import { encodeRelayMessage } from '@tidemark/protocol'
import { expect, test } from 'vitest'
import { Border } from '../oracle/border.ts'
import { TabNews } from '../oracle/tab-news.ts'
import { createPresenceIntegrity } from './presence-integrity.ts'

const document = 'notes'
const utf8 = new TextEncoder()

/** One connection of this dialect, and what the checker says of what it is shown in the steps of the world. */
function watch(dialect: 'native' | 'y-websocket'): {
  readonly world: { steps: number }
  readonly found: string[]
  show(state: string, clock: number): void
} {
  const found: string[] = []
  const world = { steps: 1 }
  const border = new Border((error) => found.push(error.message))
  createPresenceIntegrity({ border, news: new TabNews(() => {}), world })
  if (dialect === 'y-websocket') {
    const tap = border.stock(document, 'reader', () => 0)
    return { world, found, show: (state, clock) => tap.sent(awareness(state, clock)) }
  }
  const tap = border.native(() => 0)
  const show = (state: string, clock: number): void => {
    const entries = [{ id: 9, clock, state: utf8.encode(state) }]
    tap.sent(encodeRelayMessage({ type: 'presence-changed', channel: 1, entries }))
  }
  return { world, found, show }
}

/** As the y-websocket protocol numbers it: awareness of one, who is 9, at a clock below 128. */
function awareness(state: string, clock: number): Uint8Array {
  const json = utf8.encode(state)
  const entry = [1, 9, clock, json.length, ...json]
  return Uint8Array.of(1, entry.length, ...entry)
}

test.each(['native', 'y-websocket'] as const)(
  '[PRE3] two states of one participant in one turn are found (%s), one a turn is not',
  (dialect) => {
    const { world, found, show } = watch(dialect)
    show('{"at":1}', 1)
    world.steps++
    show('{"at":2}', 2)
    expect(found).toEqual([])
    show('{"at":3}', 3)
    expect(found.length).toBe(1)
  },
)

test.each(['native', 'y-websocket'] as const)('[PRE1] a clock that goes back is found (%s)', (dialect) => {
  const { world, found, show } = watch(dialect)
  show('{"at":1}', 2)
  world.steps++
  show('{"at":1}', 1)
  expect(found.length).toBe(1)
})
