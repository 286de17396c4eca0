import { beforeEach, describe, expect, test } from 'vitest'
import { CommitSchedule, commitSpacingMs, fullCommitWrites } from './commit-schedule.ts'

describe('CommitSchedule', () => {
  let nowMs: number
  let turns: (() => void)[]
  let timers: { atMs: number; run: () => void }[]
  let waiting: number
  /** When each commit began, and how many writes were in it. */
  let commits: [number, number][]
  let schedule: CommitSchedule

  beforeEach(() => {
    nowMs = 1_000
    turns = []
    timers = []
    waiting = 0
    commits = []
    schedule = new CommitSchedule({
      time: {
        nowMs: () => nowMs,
        turn: (run) => turns.push(run),
        after(delayMs, run) {
          const timer = { atMs: nowMs + delayMs, run }
          timers.push(timer)
          return () => (timers = timers.filter((other) => other !== timer))
        },
      },
      waiting: () => waiting,
      commit() {
        commits.push([nowMs, waiting])
        waiting = 0
      },
    })
  })

  function write(count = 1): void {
    for (let left = count; left > 0; left--) {
      waiting++
      schedule.added()
    }
  }

  function endTurn(): void {
    for (const run of turns.splice(0)) run()
  }

  function pass(ms: number): void {
    nowMs += ms
    const due = timers.filter(({ atMs }) => atMs <= nowMs)
    timers = timers.filter(({ atMs }) => atMs > nowMs)
    for (const { run } of due) run()
  }

  /** A commit of one write that takes half a millisecond, told in a turn that brings nothing else. */
  function commitOne(): void {
    write()
    endTurn()
    pass(0.5)
    schedule.ended()
    endTurn()
  }

  test('a lone write is committed at the end of its turn', () => {
    write()
    expect(commits).toEqual([])
    endTurn()
    expect(commits).toEqual([[1_000, 1]])
  })

  test('all that a turn brings shares a commit', () => {
    write(3)
    endTurn()
    expect(commits).toEqual([[1_000, 3]])
  })

  test('a moment after a commit a write waits for company, until the spacing is over', () => {
    commitOne()
    write()
    endTurn()
    pass(0.5)
    write()
    endTurn()
    expect(commits).toHaveLength(1)
    pass(commitSpacingMs - 1)
    expect(commits).toEqual([
      [1_000, 1],
      [1_000 + commitSpacingMs, 2],
    ])
  })

  test('what arrived during a commit that took longer than the spacing follows it at once', () => {
    write()
    endTurn()
    write(2)
    pass(commitSpacingMs)
    schedule.ended()
    endTurn()
    expect(commits).toEqual([
      [1_000, 1],
      [1_000 + commitSpacingMs, 2],
    ])
  })

  test('nothing begins while a commit is running, however long it takes', () => {
    write()
    endTurn()
    write(fullCommitWrites)
    endTurn()
    pass(10 * commitSpacingMs)
    endTurn()
    expect(commits).toHaveLength(1)
  })

  test('as many writes as make a commit full do not wait', () => {
    commitOne()
    write(fullCommitWrites - 1)
    endTurn()
    expect(commits).toHaveLength(1)
    write()
    endTurn()
    expect(commits).toEqual([
      [1_000, 1],
      [1_000.5, fullCommitWrites],
    ])
    // What was to end the wait is gone with it.
    pass(commitSpacingMs)
    expect(commits).toHaveLength(2)
  })

  test('who waits for each commit before the next write never waits for company', () => {
    write()
    endTurn()
    pass(0.5)
    schedule.ended()
    write()
    endTurn()
    expect(commits).toEqual([
      [1_000, 1],
      [1_000.5, 1],
    ])
  })

  test('a pause ends it: the next write is a lone one again', () => {
    commitOne()
    pass(commitSpacingMs)
    write()
    endTurn()
    expect(commits.at(-1)).toEqual([1_000.5 + commitSpacingMs, 1])
  })

  test('when it is stopped nothing begins any more', () => {
    commitOne()
    write()
    endTurn()
    schedule.stop()
    pass(commitSpacingMs)
    write()
    endTurn()
    expect(commits).toHaveLength(1)
  })
})
