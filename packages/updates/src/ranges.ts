/** A run of clocks of one client: `clock`, `clock + 1`, ..., `clock + length - 1`. Length is at least 1. */
export interface ClientRange {
  readonly client: number
  readonly clock: number
  readonly length: number
}
