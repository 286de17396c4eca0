import { parentPort, workerData } from 'node:worker_threads'
import { serveWriting } from './serve-writing.ts'
import type { WriterStart } from './sqlite-messages.ts'

// The thread of a SqliteLog that writes.

void serveWriting(parentPort!, workerData as WriterStart)
