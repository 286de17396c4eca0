export interface InspectLimits {
  /** Structs in one update. */
  readonly structsMax: number
  /** Ranges in the delete set of one update. */
  readonly deletesMax: number
  /** Levels of nesting in JSON and in values. */
  readonly depthMax: number
  /** Bytes of UTF-8 in the name of a root type. */
  readonly rootNameBytesMax: number
}

export const inspectLimitsDefault: InspectLimits = {
  structsMax: 500_000,
  deletesMax: 500_000,
  depthMax: 100,
  rootNameBytesMax: 1024,
}

/**
 * The highest next clock of a client. Sums of a clock and a length stay exact far below 2^53, and no honest client
 * comes near: at a thousand characters a second it would write for 8,900 years.
 */
export const clockMax: number = 2 ** 48
