import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { useSetting } from './setting.ts'

const { startRelay, folderOf, openTab } = useSetting()

it('[LIN2] a relay that lost everything: the editor goes on with the new document, says why, and merges nothing', async () => {
  const relay = await startRelay()
  const ada = await openTab(relay, 'lost', 'Ada')
  await ada.says('saved')
  await ada.type('From the first life.')
  await ada.says('saved')

  await relay.kill()
  await ada.type(' Never sent.')
  await ada.says('offline-on-device')
  for (const end of ['', '-wal', '-shm']) rmSync(join(folderOf(relay), `tidemark.db${end}`))
  await relay.start()
  // Whoever comes first makes the document anew; Ada's copy belongs to another history.
  const bob = await openTab(relay, 'lost', 'Bob')
  await bob.type('From the second life.')
  await bob.says('saved')

  await ada.page.getByText('your copy is kept aside on this device').waitFor()
  const downloading = ada.page.waitForEvent('download')
  await ada.page.getByText('Download the copy').click()
  const copy = readFileSync(await (await downloading).path(), 'utf8')
  expect(copy).toContain('<p>From the first life. Never sent.</p>')
  await ada.page.getByText('delete it here').click()
  await ada.page.getByText('your copy is kept aside').waitFor({ state: 'detached' })

  await ada.says('saved')
  await expect.poll(() => ada.html()).toBe('<p>From the second life.</p>')
  await ada.type(' Ada again.')
  await bob.shows('From the second life. Ada again.')
  await bob.page.locator('.caret[data-caret="Ada"]').waitFor()
})
