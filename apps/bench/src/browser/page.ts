/** What a page of the bench offers to the program that drives it: `window.bench`. Every system's page has the same. */
export interface PageBench {
  /** Puts the document on the device, as it comes there when a person opens it for the first time. */
  fill(): Promise<void>
  /** From the call until the document on the device can be read, and its length then. */
  open(): Promise<Opened>
  /** Types so many characters, `gapMs` apart, and says how long each kept the page in the editor's own call. */
  type(count: number, gapMs: number): Promise<readonly number[]>
  /** Resolves when all is on the device. */
  close(): Promise<void>
  /** Bytes of all that this origin's databases hold. */
  storedBytes(): Promise<number>
}

export interface Opened {
  readonly ms: number
  readonly characters: number
}

declare global {
  var bench: PageBench
}

/** The text that all pages type into. */
export const textRoot = 'text'

/** Where the bench's server has the document, as one V1 update. */
export const statePath = '/state'

interface EditableText {
  readonly length: number
  insert(index: number, content: string): void
}

/** One character after the other into the middle of the text, a task for each. */
export async function typeInto(text: EditableText, count: number, gapMs: number): Promise<readonly number[]> {
  const times: number[] = []
  let at = text.length >> 1
  for (let typed = 0; typed < count; typed++) {
    const startMs = performance.now()
    text.insert(at++, 'x')
    times.push(performance.now() - startMs)
    await new Promise((resolve) => setTimeout(resolve, gapMs))
  }
  return times
}

export async function fetchState(): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(statePath)).arrayBuffer())
}
