/** Levels of nesting in a state. Stock clients walk a state by recursion, and a crafted one takes them down. */
const presenceDepthMax = 16

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Whether a state can be handed to stock clients: they parse it where nothing catches, and expect an object. Native
 * states are opaque until one has to cross.
 */
export function isPresenceJson(state: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(utf8.decode(state))
    return (
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      !isDeeper(value, presenceDepthMax)
    )
  } catch {
    return false
  }
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1))
}
