/// <reference types="node" />
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * Starts a worker thread from a module that stands beside the caller (Node only):
 *
 *     startWorker(new URL('./sqlite-worker.js', import.meta.url), { workerData })
 *
 * The name always ends in `.js`, as in the built package. Run from sources (tests, development) there is only the `.ts`
 * of that name: it is then loaded through tsx, since the oldest Node we support cannot strip types by itself, and with
 * the condition under which workspace packages resolve to their sources.
 */
export function startWorker(url: URL, options: WorkerOptions = {}): Worker {
  const source = new URL(url.href.replace(/\.js$/, '.ts'))
  if (existsSync(url) || !existsSync(source)) return new Worker(url, options)
  const execArgv = [...(options.execArgv ?? []), '--conditions=@tidemark/source']
  return new Worker(loaderOf(source), { ...options, execArgv })
}

/**
 * A module that makes its own thread understand TypeScript, then runs `source`. `--import tsx` does not do: tsx serves
 * the main thread only and must be asked for by every other.
 */
function loaderOf(source: URL): URL {
  // Found from the source's folder, since the working directory may be anywhere. The path is inside tsx because its
  // exports cannot be resolved as a module from here without flags.
  const tsx = pathToFileURL(createRequire(source).resolve('tsx'))
  const api = new URL('./esm/api/index.mjs', tsx)
  const code = `import { register } from ${JSON.stringify(api.href)}; register(); await import(${JSON.stringify(source.href)})`
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`)
}
