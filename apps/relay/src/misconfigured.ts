/** What the owner set up cannot be used; the message says what to change. No mistake of the program: its stack tells nobody anything. */
export class Misconfigured extends Error {
  override readonly name = 'Misconfigured'
}
