/** A bug that this field really had, as a change of the production sources that somebody might have made. */
export interface Bug {
  /** In kebab-case: `--bug` takes it. */
  readonly name: string
  /** What goes wrong, and why one would write it so. */
  readonly story: string
  /** Where it was seen: project and issue, or an experiment with Yjs. */
  readonly seenIn: readonly string[]
  /** The properties that may be found broken by it. `exception` only when throwing is what the bug does. */
  readonly breaks: readonly string[]
  readonly patches: readonly Patch[]
}

export interface Patch {
  /** From the folder of the packages. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly replace: string
}

/**
 * The source with the bug in it.
 *
 * @throws Error when the text to replace is not there exactly once: the source has moved on, and the patch has to follow.
 */
export function plant(source: string, { file, find, replace }: Patch): string {
  const parts = source.split(find)
  if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${find}`)
  return parts.join(replace)
}
