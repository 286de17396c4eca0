import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as Y from 'yjs'
import { type BenchBrowser, startBrowser } from '../browser/browser.ts'
import type { Opened } from '../browser/page.ts'
import { median } from '../measure/samples.ts'
import { sleep } from '../measure/waiting.ts'
import { peersFolder } from '../peers.ts'
import { docOf, startWith } from '../stored/stored-server.ts'
import type { ServerProcess } from '../systems/server-process.ts'
import type { SystemId } from '../systems/system.ts'
import { indexTyping, typingUpdates } from '../workload/typing.ts'
import type { Figures, Scenario, Trial } from './scenario.ts'
import { atMost, atMostTimes } from './target.ts'

const pages: Partial<Readonly<Record<SystemId, string>>> = {
  tidemark: fileURLToPath(new URL('../browser/tidemark-page.ts', import.meta.url)),
  'y-websocket': join(peersFolder, 'y-indexeddb-page.js'),
  bare: fileURLToPath(new URL('../browser/bare-page.ts', import.meta.url)),
}

const atMostOfPeer = { limit: 0.6, than: 'y-websocket' } as const

export const browser: Scenario = {
  id: 'B11',
  title: 'The client in a real browser',
  what:
    'Chromium, a profile on disk, a new page for each open, no network: from `open` until the text of a document of 259,778 edits can be read, ' +
    'stored as one piece, and with 500 edits made one by one since, both after the page that made it so had rested for 3 s. Then 500 keystrokes in it: what one keeps the page in its own call, and all ' +
    'that the page does per keystroke. A bare Y.Doc has the bytes in memory.',
  cases: [{ id: 'paper', label: 'a document of 259,778 edits' }],
  systems: ['tidemark', 'y-websocket', 'bare'],
  names: { tidemark: 'Tidemark SDK', 'y-websocket': 'y-indexeddb 9.0.12', bare: 'a bare Y.Doc' },
  figures: [
    { key: 'open', label: 'open, compacted', unit: 'ms', digits: 0 },
    { key: 'openBehind', label: 'open, 500 edits since', unit: 'ms', digits: 0 },
    { key: 'keystroke', label: 'keystroke, median', unit: 'ms', digits: 3 },
    { key: 'keystrokeP99', label: 'p99', unit: 'ms', digits: 2 },
    { key: 'above', label: 'above a bare Y.Doc, median', unit: 'ms', digits: 3 },
    { key: 'task', label: 'all tasks per keystroke', unit: 'ms', digits: 2 },
    { key: 'stored', label: 'in IndexedDB', unit: 'KB', digits: 0 },
    { key: 'missing', label: 'characters missing', unit: '', digits: 0 },
  ],
  chart: {
    figure: 'open',
    title: 'Milliseconds until a document on the device can be read',
    better: 'less',
  },
  targets: [
    atMostTimes({
      text: 'open, compacted: at most 0.6 × y-indexeddb',
      case: 'paper',
      figure: 'open',
      ...atMostOfPeer,
    }),
    atMostTimes({
      text: 'open, 500 edits since: at most 0.6 × y-indexeddb',
      case: 'paper',
      figure: 'openBehind',
      ...atMostOfPeer,
    }),
    atMost({
      text: 'a keystroke at most 0.1 ms above a bare Y.Doc at the median',
      case: 'paper',
      figure: 'above',
      limit: 0.1,
      unit: 'ms',
    }),
    atMostTimes({
      text: 'bytes in IndexedDB at most 0.5 × y-indexeddb',
      case: 'paper',
      figure: 'stored',
      limit: 0.5,
      than: 'y-websocket',
    }),
  ],
  run: useBrowser,
}

interface Scale {
  readonly edits: number
  readonly opens: number
  readonly behind: number
  readonly keystrokes: number
  readonly restMs: number
}

const full: Scale = { edits: 259_778, opens: 15, behind: 500, keystrokes: 500, restMs: 3_000 }
const smallScale: Scale = { edits: 2_000, opens: 1, behind: 5, keystrokes: 20, restMs: 500 }
/** More than the SDK and y-indexeddb wait before they write: each edit is a record of its own. */
const gapMs = 30

async function useBrowser({ system, small, folder }: Trial): Promise<Figures> {
  const scale = small ? smallScale : full
  const doc = docOf(typingUpdates(scale.edits))
  const state = Y.encodeStateAsUpdate(doc)
  const relay = system.id === 'tidemark' ? await startRelay({ system, folder }, state) : null
  const browser = await startBrowser({
    script: pages[system.id] as string,
    state,
    query: `relay=ws://127.0.0.1:${relay?.port ?? 0}`,
    folder: join(folder, 'profile'),
  })
  try {
    const keystroke = await measureKeystrokes(await startBare(folder, state), scale.keystrokes)
    const figures = await measureClient(browser, scale, relay, doc.getText('text').length)
    return { ...figures, above: (figures['keystroke'] as number) - keystroke }
  } finally {
    await browser.close()
    await relay?.kill()
  }
}

function startRelay(trial: Pick<Trial, 'system' | 'folder'>, state: Uint8Array): Promise<ServerProcess> {
  const stored = { ids: ['bench'], typing: indexTyping([state]), compacted: true }
  return startWith({ ...trial, folder: join(trial.folder, 'relay') }, stored)
}

/** In the same trial, so that both ran on the same machine in the same minute. */
function startBare(folder: string, state: Uint8Array): Promise<BenchBrowser> {
  return startBrowser({ script: pages.bare as string, state, query: '', folder: join(folder, 'bare') })
}

async function measureKeystrokes(browser: BenchBrowser, count: number): Promise<number> {
  try {
    const page = await browser.page()
    await page.evaluate(() => bench.open())
    return median(await page.evaluate((count) => bench.type(count, 4), count))
  } finally {
    await browser.close()
  }
}

async function measureClient(
  browser: BenchBrowser,
  { opens, behind, keystrokes, restMs }: Scale,
  relay: ServerProcess | null,
  characters: number,
): Promise<Figures> {
  const stored = await visit(browser, async (page) => {
    await page.evaluate(() => bench.fill())
    const bytes = await storedAtRest(page, restMs)
    await page.evaluate(() => bench.close())
    return bytes
  })
  await relay?.stop()
  const compacted = await openOften(browser, opens)
  await relay?.start()
  await visit(browser, async (page) => {
    await page.evaluate(() => bench.open())
    await page.evaluate(([count, gap]) => bench.type(count as number, gap as number), [behind, gapMs])
    await storedAtRest(page, restMs)
    await page.evaluate(() => bench.close())
  })
  await relay?.stop()
  const since = await openOften(browser, opens)
  await relay?.start()
  const typed = await typeIn(browser, keystrokes)
  const isBare = stored === 0
  return {
    open: median(compacted.map(({ ms }) => ms)),
    openBehind: median(since.map(({ ms }) => ms)),
    ...typed,
    stored: stored / 1e3,
    missing: characters + (isBare ? 0 : behind) - Math.min(...since.map((opened) => opened.characters)),
  }
}

async function openOften(browser: BenchBrowser, times: number): Promise<Opened[]> {
  const opens: Opened[] = []
  for (let at = 0; at < times; at++) {
    await sleep(100)
    opens.push(await visit(browser, (page) => page.evaluate(() => bench.open())))
  }
  return opens
}

/** How long keystrokes keep the page: each in its own call, and all tasks together, by the browser's own account. */
function typeIn(browser: BenchBrowser, count: number): Promise<Figures> {
  return visit(browser, async (page) => {
    await page.evaluate(() => bench.open())
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('Performance.enable')
    const taskSeconds = async (): Promise<number> => {
      const { metrics } = await devtools.send('Performance.getMetrics')
      return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN
    }
    const before = await taskSeconds()
    const times = await page.evaluate((count) => bench.type(count, 4), count)
    const tasks = (await taskSeconds()) - before
    const sorted = times.toSorted((a, b) => a - b)
    return {
      keystroke: median(times),
      keystrokeP99: sorted[Math.ceil(0.99 * sorted.length) - 1] as number,
      task: (tasks / count) * 1_000,
    }
  })
}

/** Both tidy up when nobody types: y-indexeddb folds after 1 s, the SDK compresses after 2. */
async function storedAtRest(page: Page, restMs: number): Promise<number> {
  for (let before = Number.NaN; ; ) {
    const bytes = await page.evaluate(() => bench.storedBytes())
    if (bytes === before) return bytes
    before = bytes
    await sleep(restMs)
  }
}

type Page = Awaited<ReturnType<BenchBrowser['page']>>

async function visit<T>(browser: BenchBrowser, run: (page: Page) => Promise<T>): Promise<T> {
  const page = await browser.page()
  try {
    return await run(page)
  } finally {
    await page.close()
  }
}
