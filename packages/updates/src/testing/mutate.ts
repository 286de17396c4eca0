import type { Random } from '@tidemark/base'
import { below, pick } from './random.ts'

/** Some bytes changed, inserted, removed, repeated or moved. Never the input itself. */
export function mutate(random: Random, bytes: Uint8Array): Uint8Array {
  let mutated = bytes
  for (let i = 1 + below(random, 3); i > 0; i--) mutated = pick(random, mutations)(random, mutated)
  return mutated
}

type Mutation = (random: Random, bytes: Uint8Array) => Uint8Array

const flipBit: Mutation = (random, bytes) => {
  const index = below(random, bytes.length)
  return bytes.map((byte, i) => (i === index ? byte ^ (1 << below(random, 8)) : byte))
}

const setByte: Mutation = (random, bytes) => {
  const index = below(random, bytes.length)
  const value = pick(random, [0, 1, 2, 0x7f, 0x80, 0xff, below(random, 256)])
  return bytes.map((byte, i) => (i === index ? value : byte))
}

const nudgeByte: Mutation = (random, bytes) => {
  const index = below(random, bytes.length)
  const step = pick(random, [-1, 1])
  return bytes.map((byte, i) => (i === index ? byte + step : byte))
}

const insertByte: Mutation = (random, bytes) => {
  const index = below(random, bytes.length + 1)
  return Uint8Array.from([...bytes.subarray(0, index), below(random, 256), ...bytes.subarray(index)])
}

const removeBytes: Mutation = (random, bytes) => {
  const start = below(random, bytes.length)
  const end = start + 1 + below(random, 4)
  return Uint8Array.from([...bytes.subarray(0, start), ...bytes.subarray(end)])
}

const repeatBytes: Mutation = (random, bytes) => {
  const start = below(random, bytes.length)
  const end = start + 1 + below(random, 12)
  return Uint8Array.from([...bytes.subarray(0, end), ...bytes.subarray(start)])
}

const mutations: readonly Mutation[] = [
  flipBit,
  setByte,
  nudgeByte,
  nudgeByte,
  insertByte,
  removeBytes,
  repeatBytes,
]
