import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import process from 'node:process'
import { pageGlobals, warn } from './page.ts'

/** What an engine must be given and may not take: a call of one of these during a simulation is a bug. */
const forbidden: readonly [object, string][] = [
  [globalThis, 'setImmediate'],
  [globalThis, 'WebSocket'],
  [Date, 'now'],
  [Math, 'random'],
  [performance, 'now'],
  [process, 'uptime'],
  [process, 'cpuUsage'],
  [globalThis.crypto, 'randomUUID'],
  [crypto.webcrypto, 'randomUUID'],
  // What these set off runs after the whole simulation, and not between two of its steps.
  [globalThis, 'MessageChannel'],
  [globalThis, 'BroadcastChannel'],
  [globalThis, 'fetch'],
]

/** Of node:crypto: what modules have imported by name follows only when told to, so these stay what they are here. */
const drawnFromCrypto = ['randomBytes', 'randomUUID', 'randomInt', 'randomFillSync'] as const

/** Whether a simulation runs in this very moment. */
let isForbidden = false

for (const name of drawnFromCrypto) {
  const real = crypto[name] as (...args: unknown[]) => unknown
  const guarded = (...args: unknown[]): unknown => (isForbidden ? forbid(name)() : real(...args))
  Object.assign(crypto, { [name]: guarded })
}
syncBuiltinESMExports()

/** The time that a date is made of must be given. */
const timelessDate = new Proxy(Date, {
  apply: () => forbid('Date')(),
  construct: (real, args, target) =>
    args.length === 0 ? forbid('new Date')() : (Reflect.construct(real, args, target) as Date),
})

/** Runs `run` with real time, randomness and network out of reach. */
export function outOfReach<T>(run: () => T): T {
  const restore = [
    ...forbidden.map(([holder, name]) => replace(holder, name, forbid(name))),
    ...Object.entries(pageGlobals).map(([name, own]) => replace(globalThis, name, own)),
    replace(globalThis, 'Date', timelessDate),
    replace(process, 'hrtime', Object.assign(forbid('hrtime'), { bigint: forbid('hrtime.bigint') })),
    replace(console, 'warn', warn),
  ]
  isForbidden = true
  try {
    return run()
  } finally {
    isForbidden = false
    for (const each of restore) each()
  }
}

function forbid(name: string): () => never {
  // Not an arrow: some are called with `new`.
  return function refuse(): never {
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
