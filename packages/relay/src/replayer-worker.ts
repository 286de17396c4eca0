import { parentPort } from 'node:worker_threads'
import { assert, TidemarkError } from '@tidemark/base'
import { compact, differences, digestOf } from './replay.ts'
import type { ReplayRequest, ReplayResponse } from './worker-replayer.ts'
import { yieldToOtherThreads } from './yielding.ts'

/* The thread behind worker-replayer.ts: one request, one response, in order. */

assert(parentPort, 'runs as a worker thread only')
const port = parentPort

yieldToOtherThreads()
port.on('message', (request: ReplayRequest) => port.postMessage(answer(request)))

function answer(request: ReplayRequest): ReplayResponse {
  try {
    return { kind: 'done', result: run(request) }
  } catch (error) {
    // Whatever Yjs throws on it, the document does not make sense.
    const code = error instanceof TidemarkError ? error.code : 'log/corrupt'
    return { kind: 'failed', code, message: String(error) }
  }
}

function run(request: ReplayRequest): unknown {
  switch (request.kind) {
    case 'compact':
      return compact(request.job)
    case 'differences':
      return differences(request.job)
    case 'digest':
      return digestOf(request.job)
  }
}
