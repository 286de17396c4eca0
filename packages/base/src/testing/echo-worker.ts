import { parentPort, workerData } from 'node:worker_threads'
// Through the package's own name: shows that the condition for sources reaches the worker.
import { emptyCheck } from '@tidemark/base'

parentPort?.on('message', (message: unknown) => {
  parentPort?.postMessage({
    message,
    workerData: workerData as unknown,
    emptyCheck,
  })
})
