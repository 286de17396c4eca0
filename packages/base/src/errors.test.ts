import { expect, test } from 'vitest'
import { assert } from './errors.ts'

test.each([
  [[], 'assertion failed: too many bytes'],
  [[0], 'assertion failed: too many bytes: 0'],
  [[9, 4], 'assertion failed: too many bytes: 9 against 4'],
])('a failed assertion says what it found: %j', (values, message) => {
  expect(() => assert(false, 'too many bytes', ...values)).toThrow(new Error(message))
})

test('one that holds says nothing', () => {
  expect(() => assert(true, 'too many bytes', 9, 4)).not.toThrow()
})
