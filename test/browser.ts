import { type Browser, chromium } from 'playwright'
import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    launchOptions: { args: string[]; executablePath?: string }
  }
}

/** The Chromium that scripts/browser.mjs found or installed. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch(inject('launchOptions'))
}
