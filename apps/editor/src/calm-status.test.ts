import { describe, expect, it } from 'vitest'
import { createCalmStatus, settleMs } from './calm-status.ts'
import { type StatusFacts, statusLine } from './status.ts'

const live: StatusFacts = { loaded: true, connection: 'live', edits: 'saved', access: 'write', error: null }
const offline: StatusFacts = { ...live, connection: 'offline', access: null }

function started() {
  const said: string[] = []
  let due: (() => void) | null = null
  const after = (delayMs: number, run: () => void) => {
    expect(delayMs).toBe(settleMs)
    due = run
    return () => {
      due = null
    }
  }
  const status = createCalmStatus(after, ({ code }) => said.push(code))
  const settle = () => due?.()
  return { said, settle, tell: (facts: StatusFacts) => status(statusLine(facts)) }
}

describe('[STA1] a calm status', () => {
  it('says at once what is worse', () => {
    const { said, tell } = started()
    for (const edits of ['saved', 'saving'] as const) tell({ ...live, edits })
    tell({ ...offline, edits: 'in-memory' })
    expect(said).toEqual(['saved', 'saving', 'offline-storing'])
  })

  it('says what is better only after it has lasted', () => {
    const { said, settle, tell } = started()
    tell({ ...live, edits: 'saving' })
    tell(live)
    expect(said).toEqual(['saving'])
    settle()
    expect(said).toEqual(['saving', 'saved'])
  })

  it('does not flicker while somebody types', () => {
    const { said, settle, tell } = started()
    for (const edits of ['saving', 'saved', 'saving', 'saved', 'saving'] as const) tell({ ...live, edits })
    settle()
    expect(said).toEqual(['saving'])
  })

  it('never says later what has stopped being true', () => {
    const { said, settle, tell } = started()
    tell({ ...live, edits: 'saving' })
    tell(live)
    tell({ ...offline, edits: 'in-memory' })
    settle()
    expect(said).toEqual(['saving', 'offline-storing'])
  })

  it('says at once that a replica at rest is cut off, or is back', () => {
    const { said, tell } = started()
    for (const facts of [live, offline, live]) tell(facts)
    expect(said).toEqual(['saved', 'offline', 'saved'])
  })
})
