import { once } from 'node:events'
import { expect, test } from 'vitest'
import { emptyCheck } from './index.ts'
import { startWorker } from './worker.ts'

test('a worker named as in the built package starts from sources', async () => {
  const worker = startWorker(new URL('./testing/echo-worker.js', import.meta.url), { workerData: 7 })
  worker.postMessage('hello')
  const [answer] = await once(worker, 'message')
  expect(answer).toEqual({ message: 'hello', workerData: 7, emptyCheck })
  await worker.terminate()
})

test('a worker whose file does not exist reports an error', async () => {
  const worker = startWorker(new URL('./testing/no-such-worker.js', import.meta.url))
  const [error] = await once(worker, 'error')
  expect(error).toBeInstanceOf(Error)
})
