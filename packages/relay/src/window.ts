/** The bytes of a session's pushes that are on their way into the log. */
export class Window {
  readonly #bytesMax: number
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Whether a push of `bytes` keeps within the window; one that is larger than it may travel alone. */
  admits(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= this.#bytesMax
  }

  taken(bytes: number): void {
    this.#bytes += bytes
  }

  settled(bytes: number): void {
    this.#bytes -= bytes
  }
}
