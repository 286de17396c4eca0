/** How a line carries. They hold for all its connections, those there are and those to come. */
export interface LineConditions {
  /** Each way. */
  readonly delayMs: number
  /** Bytes are handed on in pieces so small, one each millisecond. */
  readonly pieceBytes: number
  /** A connection is cut when it has carried so many bytes, both ways together. */
  readonly cutAfterBytes: number
  /** Nothing arrives that way, and nobody is told: `up` is towards the relay. */
  readonly blackhole: 'none' | 'up' | 'down'
}

export const healthy: LineConditions = {
  delayMs: 0,
  pieceBytes: Number.POSITIVE_INFINITY,
  cutAfterBytes: Number.POSITIVE_INFINITY,
  blackhole: 'none',
}
