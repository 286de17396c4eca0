import type { Unsubscribe } from '@tidemark/base'
import type { Environment, EnvironmentEvent } from '../ports.ts'

/** Page and network, as the browser tells of them; Node tells nothing and counts as online. */
export function createEnvironment(): Environment {
  // A worker has neither document nor page, Node has none of the three.
  const { self: scope, document, navigator } = globalThis
  return {
    get online() {
      return navigator?.onLine ?? true
    },
    subscribe(listener) {
      const stops: Unsubscribe[] = []
      const on = (target: EventTarget | undefined, name: string, tell: () => EnvironmentEvent): void => {
        const call = (): void => listener(tell())
        target?.addEventListener(name, call)
        stops.push(() => target?.removeEventListener(name, call))
      }
      on(scope, 'online', () => 'online')
      on(scope, 'offline', () => 'offline')
      on(document, 'visibilitychange', () => (document.visibilityState === 'hidden' ? 'hidden' : 'shown'))
      on(document, 'freeze', () => 'hidden')
      on(document, 'resume', () => 'shown')
      on(scope, 'pagehide', () => 'hidden')
      on(scope, 'pageshow', () => 'shown')
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
}
