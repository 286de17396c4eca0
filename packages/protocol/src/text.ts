const utf8 = /* @__PURE__ */ new TextEncoder()

/** `text` as UTF-8. A lone surrogate becomes U+FFFD. */
export function encodeText(text: string): Uint8Array {
  return utf8.encode(text)
}

/** The longest beginning of `text` that fits into `bytesMax` bytes of UTF-8; never half a character. */
export function clipText(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax) return text
  return text.slice(0, utf8.encodeInto(text, new Uint8Array(bytesMax)).read)
}
