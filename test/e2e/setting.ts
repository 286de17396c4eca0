import type { Browser } from 'playwright'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { launchBrowser } from '../browser.ts'
import { RelayProcess } from '../harness/relay-process.ts'
import { makeTemporaryFolder, removeFolder } from '../harness/temp-folder.ts'
import { EditorTab } from './editor-tab.ts'

/** A browser for the file, a relay for each test that asks for one, and tabs: all gone when the test is. */
export interface Setting {
  startRelay(...flags: string[]): Promise<RelayProcess>
  /** Where a relay of this test keeps its documents. */
  folderOf(relay: RelayProcess): string
  /** Opens `/d/<name>` as `person`. */
  openTab(relay: RelayProcess, document: string, person: string): Promise<EditorTab>
  /** Opens any page of the relay. */
  openPage(relay: RelayProcess, path: string): Promise<EditorTab>
}

export function useSetting(): Setting {
  let browser: Browser
  let ending: (() => Promise<void>)[] = []
  const folders = new Map<RelayProcess, string>()

  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())
  afterEach(async () => {
    const all = ending.toReversed()
    ending = []
    for (const end of all) await end()
  })

  async function openPage(relay: RelayProcess, path: string): Promise<EditorTab> {
    const tab = await EditorTab.open(browser, `http://127.0.0.1:${relay.port}${path}`)
    ending.push(() => tab.close())
    return tab
  }

  return {
    async startRelay(...flags) {
      const folder = makeTemporaryFolder()
      const relay = await RelayProcess.start({ folder, flags })
      folders.set(relay, folder)
      ending.push(async () => {
        await relay.kill()
        removeFolder(folder)
      })
      return relay
    },
    folderOf: (relay) => folders.get(relay) ?? '',
    openTab: (relay, document, person) =>
      openPage(relay, `/d/${document}?name=${encodeURIComponent(person)}`),
    openPage,
  }
}
