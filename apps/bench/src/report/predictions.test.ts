import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { scenarios } from '../scenarios/scenarios.ts'
import { readPredictions } from './predictions.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

it('there is a prediction for every target, and for nothing else', () => {
  const targets = scenarios.flatMap(({ id, targets }) => targets.map((_, at) => `${id}.${at + 1}`))
  expect([...readPredictions(readme).keys()].toSorted()).toEqual(targets.toSorted())
})

it('a row that is none is passed over', () => {
  const rows = '| B1.1 | met | because |\n| B1.2 | perhaps | because |\n| target | predicted | why |'
  expect([...readPredictions(rows)]).toEqual([['B1.1', { predicted: 'met', why: 'because' }]])
})
