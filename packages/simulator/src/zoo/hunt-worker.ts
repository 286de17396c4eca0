import { parentPort } from 'node:worker_threads'
import { simulate } from '../simulation.ts'
import type { Sighting } from './hunt.ts'

/** Runs the seeds that it is told, one after the other, and says what each came to. */
parentPort?.on('message', (seed: number) => void run(seed))

async function run(seed: number): Promise<void> {
  const { failure } = await simulate(seed)
  const sighting: Sighting = failure && { property: failure.property, message: failure.message }
  parentPort?.postMessage(sighting)
}
