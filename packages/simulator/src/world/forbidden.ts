/** What an engine must be given and may not take: a call of one of these during a simulation is a bug. */
const forbidden: readonly [object, string][] = [
  [globalThis, 'setTimeout'],
  [globalThis, 'setInterval'],
  [globalThis, 'setImmediate'],
  [globalThis, 'WebSocket'],
  [Date, 'now'],
  [Math, 'random'],
  [performance, 'now'],
]

/** Runs `run` with real time, randomness and network out of reach. */
export function outOfReach<T>(run: () => T): T {
  const restore = forbidden.map(([holder, name]) => forbid(holder as Record<string, unknown>, name))
  try {
    return run()
  } finally {
    for (const each of restore) each()
  }
}

function forbid(holder: Record<string, unknown>, name: string): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(holder, name)
  Object.defineProperty(holder, name, {
    configurable: true,
    writable: true,
    value: () => {
      throw new Error(`${name} was called inside a simulation: time, randomness and network are passed in`)
    },
  })
  return () => {
    if (descriptor === undefined) delete holder[name]
    else Object.defineProperty(holder, name, descriptor)
  }
}
