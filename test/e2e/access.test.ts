import { expect, it } from 'vitest'
import { useSetting } from './setting.ts'

const { startRelay, openPage, openTab } = useSetting()

const tokens = ['--token', 'ada:write:secret-of-the-writer', '--token', 'bob:read:secret-of-the-reader']

it('[ACC1] who has no token sees no text, says a token, and is let in', async () => {
  const relay = await startRelay(...tokens)
  const writer = await openPage(relay, '/d/private#token=secret-of-the-writer')
  await writer.says('saved')
  expect(writer.page.url()).not.toContain('secret')
  await writer.type('For few eyes.')
  await writer.says('saved')

  const stranger = await openTab(relay, 'private', 'Eve')
  await stranger.says('no-access')
  expect(await stranger.html()).toBe('<p></p>')
  await stranger.page.getByLabel('Token').fill('secret-of-the-reader')
  await stranger.page.getByLabel('Token').press('Enter')
  await stranger.says('read-only')
  await stranger.shows('For few eyes.')
  await expect.poll(() => stranger.text.getAttribute('contenteditable')).toBe('false')
})
