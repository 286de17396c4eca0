import { expect, it } from 'vitest'
import { useSetting } from './setting.ts'

const { startRelay, openTab } = useSetting()

it('two people write apart and converge on rejoin; the status is true at each step', async () => {
  const relay = await startRelay()
  const [ada, bob] = await Promise.all([openTab(relay, 'apart', 'Ada'), openTab(relay, 'apart', 'Bob')])
  await Promise.all([ada.says('saved'), bob.says('saved')])

  await ada.type('Together. ')
  await ada.says('saved')
  await bob.shows('Together.')

  await ada.toggleConnection()
  await ada.says('offline')
  await ada.takeStatuses()
  await ada.press('bold')
  await ada.type('Ada alone. ')
  await ada.press('bold')
  await ada.type('And plain.')
  await ada.says('offline-on-device')
  await bob.type('Bob meanwhile.\nA list follows.\n- first\nsecond')
  await bob.says('saved')
  expect(await bob.html()).not.toContain('Ada alone')
  expect(await ada.html()).not.toContain('Bob meanwhile')
  const apart = await ada.takeStatuses()
  expect(apart).not.toContain('saved')
  expect(apart.at(-1)).toBe('offline-on-device')

  await ada.toggleConnection()
  await ada.says('saved')
  await Promise.all([ada.shows('Bob meanwhile.'), bob.shows('And plain.')])
  await expect.poll(() => ada.html()).toBe(await bob.html())
  const html = await ada.html()
  expect(html).toContain('<strong>Ada alone. </strong>')
  expect(html).toContain('<li><p>second</p></li>')
  expect((await ada.takeStatuses()).at(-1)).toBe('saved')
})

it('[STA1] a reload while cut off shows the edits, and they arrive after the rejoin', async () => {
  const relay = await startRelay()
  const [ada, bob] = await Promise.all([openTab(relay, 'reload', 'Ada'), openTab(relay, 'reload', 'Bob')])
  await Promise.all([ada.says('saved'), bob.says('saved')])

  await ada.toggleConnection()
  await ada.type('Written offline.')
  await ada.says('offline-on-device')
  await ada.reload()
  await ada.shows('Written offline.')
  await ada.says('offline-on-device')
  expect(await ada.takeStatuses()).not.toContain('saved')
  expect(await ada.page.locator('.switch').getAttribute('aria-checked')).toBe('true')
  expect(await bob.html()).not.toContain('Written offline.')

  await ada.toggleConnection()
  await ada.says('saved')
  await bob.shows('Written offline.')
})

it('[STA1] a reload while the relay itself is down shows the page and the edits', async () => {
  const relay = await startRelay()
  const ada = await openTab(relay, 'down', 'Ada')
  await ada.says('saved')
  await ada.page.waitForFunction(async () => (await caches.match('/')) !== undefined)

  await relay.kill()
  await ada.type('Nobody serves this.')
  await ada.says('offline-on-device')
  await ada.reload()
  await ada.shows('Nobody serves this.')
  await ada.says('offline-on-device')

  await relay.start()
  await ada.says('saved')
  const bob = await openTab(relay, 'down', 'Bob')
  await bob.shows('Nobody serves this.')
})
