import type { Environment, EnvironmentEvent } from '../ports.ts'

export interface FakeEnvironment extends Environment {
  tell(event: EnvironmentEvent): void
}

export function createFakeEnvironment(): FakeEnvironment {
  const listeners = new Set<(event: EnvironmentEvent) => void>()
  let online = true
  return {
    get online() {
      return online
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tell(event) {
      if (event === 'online' || event === 'offline') online = event === 'online'
      for (const listener of [...listeners]) listener(event)
    },
  }
}
