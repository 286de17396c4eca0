import { parentPort, workerData } from 'node:worker_threads'
import { serveReading } from './serve-reading.ts'
import type { ReaderStart } from './sqlite-messages.ts'

// The thread of a SqliteLog that reads.

void serveReading(parentPort!, workerData as ReaderStart)
