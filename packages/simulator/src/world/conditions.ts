/** How the network is, for every connection, or for those of one machine. */
export interface NetworkConditions {
  readonly latencyMs: number
  /** How often a frame takes far longer, and how long then on average. */
  readonly tailChance: number
  readonly tailMs: number
  readonly bytesPerMs: number
  /** What the kernel takes before a sender sees anything buffered. */
  readonly kernelBytes: number
}
