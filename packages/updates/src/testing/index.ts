export { type Author, createAuthor } from './author.ts'
export * from './crafted.ts'
export { bytesOf, hexOf } from './hex.ts'
export { craftHostileUpdate } from './hostile.ts'
export { mutate } from './mutate.ts'
export { below, chance, createRandom, pick, shuffle, wordOf } from './random.ts'
export { createRoom, type Room, type RoomOptions } from './room.ts'
export { generateConcurrentTrace, generateSequentialTrace } from './trace-generator.ts'
export {
  applyPatches,
  type ConcurrentTrace,
  type ConcurrentTxn,
  loadConcurrentTrace,
  loadSequentialTrace,
  missingBefore,
  type Patch,
  type SequentialTrace,
  type SequentialTxn,
} from './traces.ts'
