import { type RelayLimits, relayLimitsDefault } from '@tidemark/relay'
import type { Settings } from './settings.ts'

/** What a WebSocket message may hold beside its largest update. */
const roomBytes = 64 * 1024

/** What `authorize` gets beyond the webhook's own time, so that the webhook's answer is the one that is told. */
const authorizeMarginMs = 1_000

/** The relay's limits as the owner set them, and those that must follow for them to work together. */
export function relayLimits(settings: Settings): Partial<RelayLimits> {
  const { updateBytesMax, sessionsMax, presenceBytesMax, bufferedBytesMax, idleMsMax } = settings
  const { connectionsMax, connectionsPerAddressMax, authorizeTimeoutMs } = settings
  const { frameBytesMax, terminateBytesMax, authorizeMsMax } = relayLimitsDefault
  return {
    updateBytesMax,
    sessionsMax,
    presenceBytesMax,
    bufferedBytesMax,
    idleMsMax,
    connectionsMax,
    connectionsPerAddressMax,
    frameBytesMax: Math.max(frameBytesMax, updateBytesMax + roomBytes),
    terminateBytesMax: Math.max(terminateBytesMax, updateBytesMax + 2 * bufferedBytesMax),
    authorizeMsMax: Math.max(authorizeMsMax, authorizeTimeoutMs + authorizeMarginMs),
  }
}
