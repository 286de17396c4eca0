import { expect, it } from 'vitest'
import { useSetting } from './setting.ts'

const { startRelay, openTab } = useSetting()

it('[ACK1] the relay is killed while two people write: what was saved is in the log, and everything arrives', async () => {
  const relay = await startRelay()
  const [ada, bob] = await Promise.all([openTab(relay, 'killed', 'Ada'), openTab(relay, 'killed', 'Bob')])
  await Promise.all([ada.says('saved'), bob.says('saved')])

  await ada.type('Saved by Ada. ')
  await ada.says('saved')
  await bob.shows('Saved by Ada.')
  await bob.type('Saved by Bob. ')
  await bob.says('saved')
  // Or Ada would begin before it, and he would stand in the midst of what she writes.
  await ada.shows('Saved by Bob.')
  const writing = [ada.type('Ada writes on and on and on. '), bob.typeAtStart('Bob does not stop either. ')]
  await ada.shows('on and')
  await relay.kill()
  await Promise.all(writing)
  await Promise.all([ada.type('Is it still there?'), bob.typeAtStart('I think it is gone. ')])
  await Promise.all([ada.says('offline-on-device'), bob.says('offline-on-device')])

  // Both stay away, so that a newcomer sees what the log itself has kept.
  await Promise.all([ada.toggleConnection(), bob.toggleConnection()])
  await relay.start()
  const newcomer = await openTab(relay, 'killed', 'Eve')
  await newcomer.shows('Saved by Ada.')
  await newcomer.shows('Saved by Bob.')

  await Promise.all([ada.takeStatuses(), bob.takeStatuses()])
  await Promise.all([ada.toggleConnection(), bob.toggleConnection()])
  await Promise.all([ada.says('saved'), bob.says('saved')])
  for (const tab of [ada, bob, newcomer]) {
    await tab.shows('Ada writes on and on and on. Is it still there?')
    await tab.shows('I think it is gone. Bob does not stop either.')
  }
  await expect
    .poll(() => Promise.all([ada, bob].map((tab) => tab.html())))
    .toEqual([await newcomer.html(), await newcomer.html()])
})
