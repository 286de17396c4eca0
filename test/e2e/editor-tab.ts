import type { Browser, BrowserContext, Locator, Page } from 'playwright'

/** What the editor's status can say; `data-status` in the page. */
export type Status =
  | 'opening'
  | 'saved'
  | 'saving'
  | 'read-only'
  | 'behind'
  | 'connecting'
  | 'offline'
  | 'offline-storing'
  | 'offline-on-device'
  | 'no-access'

interface RecordingWindow extends Window {
  recordedStatuses?: string[]
}

/** One person's editor in a browser profile of its own: its own database, storage and service worker. */
export class EditorTab {
  readonly page: Page
  readonly #context: BrowserContext

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context
    this.page = page
  }

  static async open(browser: Browser, address: string): Promise<EditorTab> {
    const context = await browser.newContext()
    await context.addInitScript(recordStatuses)
    const tab = new EditorTab(context, await context.newPage())
    tab.page.on('pageerror', (error) => tab.errors.push(error.message))
    await tab.page.goto(address)
    await tab.text.first().waitFor()
    return tab
  }

  /** Exceptions in the page: there must be none. */
  readonly errors: string[] = []

  get text(): Locator {
    return this.page.locator('.text')
  }

  /** Writes at the end of the text. */
  async type(text: string): Promise<void> {
    await this.#typeAt('Control+End', text)
  }

  /** Writes at the start: for whom writes at the same time as somebody else, and must be found whole. */
  async typeAtStart(text: string): Promise<void> {
    await this.#typeAt('Control+Home', text)
  }

  async #typeAt(keys: string, text: string): Promise<void> {
    await this.text.focus()
    await this.page.keyboard.press(keys)
    await this.page.keyboard.type(text)
  }

  /** A toolbar button. */
  async press(name: string): Promise<void> {
    await this.page.locator(`.toolbar-button[data-name="${name}"]`).click()
  }

  /** What the editor holds, without the carets of the others. */
  html(): Promise<string> {
    return this.text.evaluate((text) =>
      (text as unknown as { editor: { getHTML(): string } }).editor.getHTML(),
    )
  }

  async status(): Promise<string | null> {
    return await this.page.locator('.status').getAttribute('data-status')
  }

  /** Resolves when the status says so. */
  async says(status: Status): Promise<void> {
    await this.page.locator(`.status[data-status="${status}"]`).waitFor({ state: 'attached' })
  }

  /** Resolves when the text holds `part`. */
  async shows(part: string): Promise<void> {
    try {
      await this.text.filter({ hasText: part }).waitFor()
    } catch (cause) {
      throw new Error(`the text does not show "${part}": ${await this.html()}`, { cause })
    }
  }

  /** Every status shown since the last call, in order. */
  async takeStatuses(): Promise<readonly string[]> {
    return this.page.evaluate(() => (window as RecordingWindow).recordedStatuses?.splice(0) ?? [])
  }

  async toggleConnection(): Promise<void> {
    await this.page.locator('.switch').click()
  }

  async reload(): Promise<void> {
    await this.page.reload()
    await this.text.waitFor()
  }

  /** Closes the profile. Fails when the page ever threw. */
  async close(): Promise<void> {
    await this.#context.close()
    if (this.errors.length > 0) throw new Error(`the page threw: ${this.errors.join('; ')}`)
  }
}

/** Runs in the page: notes every value that `data-status` takes, however briefly. */
function recordStatuses(): void {
  const statuses: string[] = []
  ;(window as RecordingWindow).recordedStatuses = statuses
  new MutationObserver((records) => {
    for (const { target } of records) {
      const status = target instanceof HTMLElement ? target.dataset['status'] : undefined
      if (status !== undefined && statuses.at(-1) !== status) statuses.push(status)
    }
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-status'] })
}
