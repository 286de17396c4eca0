/** A property that does not hold. `property` is its id in the list of what must hold, or a rule of SPEC.md. */
export class Violation extends Error {
  readonly property: string

  constructor(property: string, message: string) {
    super(`${property}: ${message}`)
    this.name = 'Violation'
    this.property = property
  }
}
