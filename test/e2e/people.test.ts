import { expect, it } from 'vitest'
import * as Y from 'yjs'
import { createStockClient } from '../harness/stock-client.ts'
import { useSetting } from './setting.ts'

const { startRelay, openTab } = useSetting()

it('[PRE2] the caret of another person carries a name, follows a new one, and goes with the tab', async () => {
  const relay = await startRelay()
  const [ada, bob] = await Promise.all([openTab(relay, 'carets', 'Ada'), openTab(relay, 'carets', 'Bob')])
  await bob.says('saved')
  await bob.type('Here I am.')

  await ada.page.locator('.caret[data-caret="Bob"]').waitFor()
  expect(await ada.page.locator('.face').allTextContents()).toEqual(['AAda (you)', 'BBob'])
  expect(await bob.page.locator('.caret[data-caret="Bob"]').count()).toBe(0)

  await bob.page.locator('.person-name').fill('Robert')
  await bob.page.locator('.person-name').press('Enter')
  await bob.type(' Under a new name.')
  await ada.page.locator('.caret[data-caret="Robert"]').waitFor()

  await bob.page.close()
  await ada.page.locator('.caret').waitFor({ state: 'detached' })
  await ada.page.locator('.face[data-person="Robert"]').waitFor({ state: 'detached' })
})

it('whoever comes later takes a colour that nobody present has', async () => {
  const relay = await startRelay()
  // The same name has the same colour.
  const first = await openTab(relay, 'colours', 'Ada')
  await first.says('saved')
  const colours = () =>
    first.page.locator('.face').evaluateAll((faces: HTMLElement[]) => faces.map(({ style }) => style.cssText))
  const [before] = await colours()
  await openTab(relay, 'colours', 'Ada')
  await expect.poll(async () => new Set(await colours()).size).toBe(2)
  expect((await colours())[0]).toBe(before)
})

it('[YWS4] a stock y-websocket client writes in the same document, and each sees the other', async () => {
  const relay = await startRelay()
  const tab = await openTab(relay, 'stock', 'Ada')
  await tab.says('saved')
  await tab.type('From the editor.')

  const stock = createStockClient(relay.stockUrl, 'stock')
  const text = stock.doc.getXmlFragment('default')
  try {
    await expect.poll(() => text.toString()).toBe('<paragraph>From the editor.</paragraph>')
    stock.provider.awareness.setLocalStateField('user', { name: 'Stock', color: '#1a70b8' })
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText('From a stock client.')])
    text.push([paragraph])

    await tab.shows('From a stock client.')
    await tab.page.locator('.face[data-person="Stock"]').waitFor()
    const names = () =>
      [...stock.provider.awareness.getStates().values()].map(({ user }) => (user as { name: string }).name)
    await expect.poll(names).toContain('Ada')
  } finally {
    stock.close()
  }
  await tab.page.locator('.face[data-person="Stock"]').waitFor({ state: 'detached' })
})
