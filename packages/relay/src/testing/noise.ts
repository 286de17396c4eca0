/** Text that cannot be compressed much. */
export function noise(length: number): string {
  let seed = 1
  const letter = (): string => {
    seed = Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) + 0x9e3779b9
    return String.fromCharCode(48 + ((seed >>> 8) & 63))
  }
  return Array.from({ length }, letter).join('')
}
