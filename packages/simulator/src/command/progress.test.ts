import { beforeEach, expect, test } from 'vitest'
import type { Campaign } from '../campaign.ts'
import { createProgress } from './progress.ts'

let atMs: number
let written: string[]

beforeEach(() => {
  atMs = 0
  written = []
})

const soFar = (seeds: number): Campaign => ({
  seeds,
  steps: seeds * 1000,
  cpuMs: 0,
  virtualMs: 0,
  edits: 0,
  counts: new Map(),
  claims: new Map(),
  failures: [],
})
const deps = { elapsedMs: () => atMs, write: (text: string) => void written.push(text) }

test('where nobody watches a line is written every half minute', () => {
  const progress = createProgress({ ...deps, isTerminal: false, seeds: 1000, minutes: null })
  for (let seeds = 1; seeds <= 100; seeds++) {
    atMs = seeds * 1000
    progress.told(soFar(seeds))
  }
  expect(written).toEqual([
    '30 seeds, 0 failed, 1000 steps/s, 0:30 gone, 16:10 left\n',
    '60 seeds, 0 failed, 1000 steps/s, 1:00 gone, 15:40 left\n',
    '90 seeds, 0 failed, 1000 steps/s, 1:30 gone, 15:10 left\n',
  ])
})

test('on a terminal one line changes, and makes room', () => {
  const progress = createProgress({ ...deps, isTerminal: true, seeds: null, minutes: 10 })
  atMs = 500
  progress.told(soFar(5))
  progress.told(soFar(6))
  progress.clear()
  expect(written).toEqual(['\r5 seeds, 0 failed, 10000 steps/s, 0:01 gone, 10:00 left\u001b[K', '\r\u001b[K'])
})
