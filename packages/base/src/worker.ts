/// <reference types="node" />
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * Starts a worker thread from a module that stands beside the caller (Node only):
 *
 *     startWorker(new URL('./sqlite-writer-worker.js', import.meta.url), { workerData })
 *
 * The name always ends in `.js`, as in the built package. Run from sources (tests, development) there is only the `.ts`
 * of that name: it is then loaded through tsx, since the oldest Node we support cannot strip types by itself, and with
 * the condition under which workspace packages resolve to their sources. Such a module has no top-level `await`.
 */
export function startWorker(url: URL, options: WorkerOptions = {}): Worker {
  const source = new URL(url.href.replace(/\.js$/, '.ts'))
  if (existsSync(url) || !existsSync(source)) return new Worker(url, options)
  const execArgv = [...(options.execArgv ?? []), '--conditions=@tidemark/source']
  return new Worker(programFor(source), { ...options, execArgv, eval: true })
}

/**
 * A program that makes its own thread understand TypeScript, then runs `source`. `--import tsx` does not do: tsx serves
 * the main thread only and must be asked for by every other. It is asked for as CommonJS, because an ESM loader would
 * be a second thread beside each worker, and starting one takes three times as long.
 */
function programFor(source: URL): string {
  const path = fileURLToPath(source)
  // Found from the source's folder, since the working directory may be anywhere.
  const tsx = createRequire(source).resolve('tsx/cjs/api')
  return `require(${JSON.stringify(tsx)}).register(); require(${JSON.stringify(path)})`
}
