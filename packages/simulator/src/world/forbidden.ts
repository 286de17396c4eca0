import { pageGlobals, warn } from './page.ts'

/** What an engine must be given and may not take: a call of one of these during a simulation is a bug. */
const forbidden: readonly [object, string][] = [
  [globalThis, 'setImmediate'],
  [globalThis, 'WebSocket'],
  [Date, 'now'],
  [Math, 'random'],
  [performance, 'now'],
]

/** Runs `run` with real time, randomness and network out of reach. */
export function outOfReach<T>(run: () => T): T {
  const restore = [
    ...forbidden.map(([holder, name]) => replace(holder, name, forbid(name))),
    ...Object.entries(pageGlobals).map(([name, own]) => replace(globalThis, name, own)),
    replace(console, 'warn', warn),
  ]
  try {
    return run()
  } finally {
    for (const each of restore) each()
  }
}

function forbid(name: string): () => never {
  return () => {
    throw new Error(`${name} was called inside a simulation: time, randomness and network are passed in`)
  }
}

/** Puts `value` in the place of what `holder` has by this name; call what is returned to undo it. */
function replace(holder: object, name: string, value: unknown): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(holder, name)
  Object.defineProperty(holder, name, { configurable: true, writable: true, value })
  return () => {
    if (descriptor === undefined) delete (holder as Record<string, unknown>)[name]
    else Object.defineProperty(holder, name, descriptor)
  }
}
