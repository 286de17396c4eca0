/**
 * Text with a cursor: an edit costs as many steps as the cursor has to move. Typing moves it little, so a trace of
 * hundreds of thousands of edits is generated in a moment.
 */
export class GapText {
  readonly #before: string[] = []
  /** What lies behind the cursor, last character first. */
  readonly #after: string[] = []

  get length(): number {
    return this.#before.length + this.#after.length
  }

  get position(): number {
    return this.#before.length
  }

  moveTo(position: number): void {
    while (this.#before.length > position) this.#after.push(this.#before.pop() as string)
    while (this.#before.length < position && this.#after.length > 0)
      this.#before.push(this.#after.pop() as string)
  }

  insert(text: string): void {
    this.#before.push(...text)
  }

  /** Deletes behind the cursor, and returns how many characters there were to delete. */
  delete(length: number): number {
    const deleted = Math.min(length, this.#after.length)
    this.#after.length -= deleted
    return deleted
  }

  toString(): string {
    return this.#before.join('') + this.#after.toReversed().join('')
  }
}
